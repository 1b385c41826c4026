//! The open spans of a `tracing` subscriber, and the spans that each thread has entered.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing::span::Id;

use crate::scope::LineFields;
use crate::scope::Scope;

/// The open spans of one subscriber.
pub(super) struct OpenSpans {
    /// The number that identifies the subscriber in [`ENTERED`].
    subscriber: u64,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    /// The indexes of empty slots.
    free: Vec<u32>,
}

#[derive(Default)]
struct Slot {
    /// The slot's generation: how many spans have been closed in this slot. The generation is part of a span's id, so
    /// the id of a closed span is not reused.
    generation: u32,
    span: Option<OpenSpan>,
}

/// A span with at least one handle.
pub(super) struct OpenSpan {
    pub(super) metadata: &'static Metadata<'static>,
    parent: Option<Id>,
    handles: usize,
    pub(super) fields: LineFields,
    /// The scope of the request or task attempt to which the span belongs.
    scope: Option<Arc<Scope>>,
}

thread_local! {
    /// The spans that the thread has entered, from the outermost to the innermost. Each span is stored with its
    /// subscriber.
    static ENTERED: RefCell<Vec<(u64, Id)>> = const { RefCell::new(Vec::new()) };
}

impl Default for OpenSpans {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            subscriber: NEXT.fetch_add(1, Ordering::Relaxed),
            table: Mutex::default(),
        }
    }
}

impl OpenSpans {
    /// Opens a span with one handle. The span holds a handle of its parent, so that the parent stays open.
    pub(super) fn open(
        &self,
        metadata: &'static Metadata<'static>,
        parent: Option<Id>,
        fields: LineFields,
    ) -> Id {
        let mut table = self.table();
        let parent_span = parent.as_ref().and_then(|id| table.get_mut(id));
        let scope = parent_span.and_then(|span| {
            span.handles += 1;
            span.scope.clone()
        });
        table.insert(OpenSpan {
            metadata,
            parent,
            handles: 1,
            fields,
            scope,
        })
    }

    /// Adds a handle.
    pub(super) fn add_handle(&self, id: &Id) {
        if let Some(span) = self.table().get_mut(id) {
            span.handles += 1;
        }
    }

    /// Removes a handle of a span. If it was the last handle, closes the span, removes the span's handle of its parent,
    /// and returns true.
    pub(super) fn remove_handle(&self, id: &Id) -> bool {
        let mut closed = self.table().remove_handle(id);
        let is_last = closed.is_some();
        while let Some(span) = closed {
            closed = span.parent.and_then(|id| self.table().remove_handle(&id));
        }
        is_last
    }

    pub(super) fn enter(&self, id: &Id) {
        let span = (self.subscriber, id.clone());
        // `try_with` fails if the thread is ending and has dropped its thread-local variables.
        ENTERED
            .try_with(|entered| entered.borrow_mut().push(span))
            .ok();
    }

    pub(super) fn exit(&self, id: &Id) {
        let remove = |entered: &RefCell<Vec<(u64, Id)>>| {
            let mut entered = entered.borrow_mut();
            let innermost = entered
                .iter()
                .rposition(|(subscriber, span)| *subscriber == self.subscriber && span == id);
            if let Some(index) = innermost {
                entered.remove(index);
            }
        };
        ENTERED.try_with(remove).ok();
    }

    /// Returns the innermost span that the thread has entered.
    pub(super) fn current(&self) -> Option<Id> {
        let find = |entered: &RefCell<Vec<(u64, Id)>>| {
            let entered = entered.borrow();
            let mut innermost_first = entered.iter().rev();
            let found = innermost_first.find(|(subscriber, _)| *subscriber == self.subscriber);
            found.map(|(_, id)| id.clone())
        };
        ENTERED.try_with(find).ok().flatten()
    }

    /// Calls `read` with a span and returns the result of `read`, or `None` if the span is closed.
    pub(super) fn with<R>(&self, id: &Id, read: impl FnOnce(&mut OpenSpan) -> R) -> Option<R> {
        self.table().get_mut(id).map(read)
    }

    /// Calls `read` with a span and then with each of its ancestors.
    pub(super) fn for_each_ancestor(&self, id: &Id, mut read: impl FnMut(&OpenSpan)) {
        let mut table = self.table();
        let mut next = Some(id.clone());
        while let Some(span) = next.and_then(|id| table.get_mut(&id)) {
            read(span);
            next = span.parent.clone();
        }
    }

    pub(super) fn scope(&self, id: &Id) -> Option<Arc<Scope>> {
        self.with(id, |span| span.scope.clone()).flatten()
    }

    pub(super) fn set_scope(&self, id: &Id, scope: Arc<Scope>) {
        self.with(id, |span| span.scope = Some(scope));
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn insert(&mut self, span: OpenSpan) -> Id {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let slot = &mut self.slots[index as usize];
        slot.span = Some(span);
        Id::from_u64((u64::from(slot.generation) << 32 | u64::from(index)) + 1)
    }

    fn slot(&mut self, id: &Id) -> Option<&mut Slot> {
        let (generation, index) = generation_and_index(id);
        let slot = self.slots.get_mut(index as usize)?;
        (slot.generation == generation).then_some(slot)
    }

    fn get_mut(&mut self, id: &Id) -> Option<&mut OpenSpan> {
        self.slot(id)?.span.as_mut()
    }

    /// Removes a handle from a span. If the handle was the last, removes and returns the span.
    fn remove_handle(&mut self, id: &Id) -> Option<OpenSpan> {
        let slot = self.slot(id)?;
        let span = slot.span.as_mut()?;
        span.handles -= 1;
        if span.handles > 0 {
            return None;
        }
        slot.generation = slot.generation.wrapping_add(1);
        let closed = slot.span.take();
        self.free.push(generation_and_index(id).1);
        closed
    }
}

/// Returns the generation and the slot index that a span id contains. Span ids start at 1, because `tracing` ids must
/// not be zero.
fn generation_and_index(id: &Id) -> (u32, u32) {
    let number = id.into_u64() - 1;
    ((number >> 32) as u32, number as u32)
}

#[cfg(test)]
mod tests {
    use tracing::dispatcher::with_default;
    use tracing::span::Id;

    use super::{LineFields, OpenSpans};
    use crate::{Config, Timestamp};

    fn open(spans: &OpenSpans, parent: Option<&Id>) -> Id {
        // A span has metadata only if a subscriber enables the span.
        let now = || Timestamp::from_millis(0);
        let (log, _) = crate::log::dispatch(&Config::default(), std::io::sink, now);
        let metadata = with_default(&log, || tracing::error_span!("a span").metadata());
        let metadata = metadata.expect("metadata");
        spans.open(metadata, parent.cloned(), LineFields::default())
    }

    fn is_open(spans: &OpenSpans, id: &Id) -> bool {
        spans.with(id, |_| ()).is_some()
    }

    #[test]
    fn a_span_stays_open_while_a_child_is_open() {
        let spans = OpenSpans::default();
        let parent = open(&spans, None);
        let child = open(&spans, Some(&parent));
        spans.add_handle(&child);
        assert!(!spans.remove_handle(&parent));
        assert!(!spans.remove_handle(&child));
        assert!(is_open(&spans, &parent));
        assert!(spans.remove_handle(&child));
        assert!(!is_open(&spans, &parent) && !is_open(&spans, &child));
    }

    #[test]
    fn the_id_of_a_closed_span_is_not_reused() {
        let spans = OpenSpans::default();
        let first = open(&spans, None);
        spans.enter(&first);
        assert!(spans.remove_handle(&first));
        let second = open(&spans, None);
        assert_ne!(first, second);
        assert!(!spans.remove_handle(&first));
        assert!(is_open(&spans, &second));
        spans.exit(&first);
        assert_eq!(spans.current(), None);
    }

    #[test]
    fn the_current_span_is_the_last_that_the_thread_entered_and_did_not_exit() {
        let (spans, others) = (OpenSpans::default(), OpenSpans::default());
        let (a, b) = (open(&spans, None), open(&spans, None));
        for id in [&a, &b, &a] {
            spans.enter(id);
        }
        others.enter(&open(&others, None));
        spans.exit(&a);
        assert_eq!(spans.current(), Some(b.clone()));
        spans.exit(&b);
        assert_eq!(spans.current(), Some(a.clone()));
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(spans.current(), None));
        });
        spans.exit(&a);
        assert_eq!(spans.current(), None);
    }
}
