//! Decides which wake-ups need a separate message. On Workers, a message starts a run of due tasks.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::Timestamp;

/// A message that is still being sent after this time counts as lost: the event that was sending it has probably ended.
const LOST: Duration = Duration::from_secs(5);

/// The messages that an instance has sent or is sending.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// When the instance started to send a message without a delay; `None` if no such message is being sent.
    sending: Option<Timestamp>,
    /// Whether a wake-up was requested while a message was being sent. The message may have arrived before the tasks of
    /// this wake-up were written, so another message must follow.
    again: bool,
    /// The arrival times of delayed messages, in seconds since the Unix epoch.
    arriving: BTreeSet<i64>,
}

impl Messages {
    /// Requests a wake-up for tasks that are due. Returns true if the caller has to send a message. Otherwise, another
    /// caller is already sending a message, and sends one more afterwards.
    pub(crate) fn request(&mut self, now: Timestamp) -> bool {
        let is_sending = self.sending.is_some_and(|since| now.since(since) < LOST);
        self.again = is_sending;
        if !is_sending {
            self.sending = Some(now);
        }
        !is_sending
    }

    /// Records that a message was sent. Returns whether the caller has to send another message.
    pub(crate) fn sent(&mut self, now: Timestamp) -> bool {
        let again = std::mem::take(&mut self.again);
        self.sending = again.then_some(now);
        again
    }

    /// Requests a wake-up for tasks that are due after a delay. Returns the delay, in seconds, of the message that the
    /// caller has to send. Returns `None` if another message arrives in the same second.
    pub(crate) fn request_later(&mut self, now: Timestamp, after: Duration) -> Option<u32> {
        let this_second = now.as_seconds();
        self.arriving = self.arriving.split_off(&this_second);
        // Round up, because a message must not arrive before the tasks are due.
        let due = (now + after)
            .as_millis()
            .saturating_add(999)
            .div_euclid(1000);
        let delay = u32::try_from(due - this_second).unwrap_or(u32::MAX);
        self.arriving.insert(due).then_some(delay)
    }

    /// Records that a delayed message could not be sent.
    pub(crate) fn not_sent(&mut self, now: Timestamp, delay: u32) {
        self.arriving.remove(&(now.as_seconds() + i64::from(delay)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LOST, Messages};
    use crate::Timestamp;

    #[test]
    fn wake_ups_during_the_sending_of_a_message_need_one_more_message() {
        let (mut messages, now) = (Messages::default(), Timestamp::from_millis(0));
        assert!(messages.request(now));
        for _ in 0..100 {
            assert!(!messages.request(now));
        }
        assert!(messages.sent(now));
        assert!(!messages.sent(now));
        assert!(messages.request(now));
        assert!(!messages.sent(now));
    }

    #[test]
    fn a_message_that_is_lost_with_its_event_does_not_stop_wake_ups() {
        let (mut messages, now) = (Messages::default(), Timestamp::from_millis(0));
        assert!(messages.request(now));
        assert!(!messages.request(now + LOST - Duration::from_millis(1)));
        assert!(messages.request(now + LOST));
        assert!(!messages.sent(now + LOST));
    }

    #[test]
    fn delayed_wake_ups_within_a_second_need_one_message_that_arrives_after_their_tasks_are_due() {
        let (mut messages, now) = (Messages::default(), Timestamp::from_millis(10_400));
        let mut later = |millis| messages.request_later(now, Duration::from_millis(millis));
        // The tasks are due at 15.4 s, so the message must arrive at 16 s, which is 6 s after the start of the current
        // second.
        assert_eq!(later(5000), Some(6));
        assert_eq!(later(5600), None);
        assert_eq!(later(4700), None);
        assert_eq!(later(4600), Some(5));
        assert_eq!(later(5601), Some(7));
        messages.not_sent(now, 6);
        let again = messages.request_later(now, Duration::from_millis(5000));
        assert_eq!(again, Some(6));
        let next = Timestamp::from_millis(16_500);
        assert_eq!(
            messages.request_later(next, Duration::from_millis(400)),
            None
        );
        assert_eq!(
            messages.request_later(next, Duration::from_millis(1400)),
            Some(2)
        );
    }
}
