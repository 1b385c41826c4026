//! Ids such as `msg_2NwUcAbhbgKxqGJH8JvZJyHiQ7k`: a prefix for the type, and 27 characters that sort by creation time.

mod attempt_key;

use std::sync::{Arc, Mutex, PoisonError};

use whippet::axum::extract::State;
use whippet::{Clock, Context, Random, Timestamp, dependency};

pub(crate) use attempt_key::AttemptKey;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number of base-62 digits of a 160-bit number.
const DIGITS: usize = 27;

/// The prefixes of all ids.
const PREFIXES: [&str; 4] = ["app_", "atmpt_", "ep_", "msg_"];

/// The 160-bit number of the newest id of the process, which is also the largest id of the process.
#[derive(Debug, Default)]
struct Last(Mutex<[u8; 20]>);

/// Creates ids.
#[derive(Debug, Clone)]
pub(crate) struct IdGenerator {
    clock: Clock,
    random: Random,
    last: Arc<Last>,
}

/// Builds the generator from the clock and the randomness of the host.
#[dependency]
async fn id_generator(clock: Clock, random: Random, State(context): State<Context>) -> IdGenerator {
    IdGenerator {
        clock,
        random,
        last: context.shared(),
    }
}

impl IdGenerator {
    /// Creates an id, and returns the id and its creation time, which is the current time.
    ///
    /// The id encodes 48 bits of milliseconds and 112 random bits, so that ids sort bytewise by time. Every id is
    /// larger than all earlier ids of the process. So a list that is sorted by id has the items of a process in the
    /// order of their creation. If the clock has not advanced since the last id, the new id is the last id
    /// plus one.
    pub(crate) fn create(&self, prefix: &str) -> (String, Timestamp) {
        let now = self.clock.now();
        let mut number = [0; 20];
        number[..6].copy_from_slice(&now.as_millis().to_be_bytes()[2..]);
        number[6..].copy_from_slice(&self.random.bytes::<14>());
        // A panic cannot leave the number half-written, so the number is valid even if the lock is poisoned.
        let mut last = self.last.0.lock().unwrap_or_else(PoisonError::into_inner);
        if number[..6] <= last[..6] {
            number = *last;
            increment(&mut number);
        }
        *last = number;
        (format!("{prefix}_{}", base62(number)), now)
    }
}

/// Adds one to a number.
fn increment(number: &mut [u8; 20]) {
    for byte in number.iter_mut().rev() {
        let (sum, overflows) = byte.overflowing_add(1);
        *byte = sum;
        if !overflows {
            return;
        }
    }
}

/// Returns whether the text has the form of an id with this prefix.
pub(crate) fn is_id(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix);
    let digits = digits.and_then(|rest| rest.strip_prefix('_'));
    digits.is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_alphanumeric())
    })
}

/// Returns whether the text looks like an id: it starts with a prefix of an id, and is at least as long as an id.
pub(crate) fn looks_like_id(text: &str) -> bool {
    PREFIXES.iter().any(|prefix| {
        let rest = text.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.len() >= DIGITS)
    })
}

fn base62(mut number: [u8; 20]) -> String {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0;
        for byte in &mut number {
            let dividend = remainder << 8 | u32::from(*byte);
            *byte = (dividend / 62) as u8;
            remainder = dividend % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use whippet::App;
    use whippet::testing::{TestApp, block_on};

    use super::{IdGenerator, Last, base62, increment, is_id, looks_like_id};

    #[test]
    fn ids_rise_strictly_within_a_millisecond_and_after_the_clock_went_back() {
        block_on(async {
            let app = TestApp::new(|_| Ok(App::new())).await;
            let context = app.context();
            // Each request has its own generator.
            let create = || {
                let generator = IdGenerator {
                    clock: context.clock(),
                    random: context.random(),
                    last: context.shared(),
                };
                generator.create("msg").0
            };
            let mut ids: Vec<_> = (0..10_000).map(|_| create()).collect();
            app.advance("1ms").await;
            ids.push(create());
            // Gives the last id a later time, as if the clock had gone back since.
            context.shared::<Last>().0.lock().unwrap()[0] = 1;
            ids.extend([create(), create()]);
            assert!(ids.is_sorted_by(|earlier, later| earlier < later));
            assert!(ids.iter().all(|id| is_id(id, "msg") && looks_like_id(id)));
        });
    }

    #[test]
    fn base_62_keeps_the_order_of_numbers() {
        assert_eq!(base62([0; 20]), "0".repeat(27));
        let mut one = [0; 20];
        one[19] = 62;
        assert_eq!(base62(one), format!("{}10", "0".repeat(25)));
        // The largest value is 2^160 - 1, which is also the value of the largest KSUID.
        assert_eq!(base62([255; 20]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
        let (mut low, mut high) = ([7; 20], [7; 20]);
        (low[3], high[3]) = (1, 2);
        assert!(base62(low) < base62(high));
    }

    #[test]
    fn adding_one_carries_into_the_preceding_byte() {
        let mut number = [0; 20];
        number[18..].copy_from_slice(&[1, 254]);
        for expected in [[1, 255], [2, 0], [2, 1]] {
            increment(&mut number);
            assert_eq!(number[18..], expected);
        }
    }
}
