//! The spans that are open, and which of them each thread is in.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing::span::Id;

use crate::scope::LineFields;
use crate::scope::Scope;

/// The spans of one subscriber.
pub(super) struct Spans {
    /// Tells its spans from those of others in [`ENTERED`].
    owner: u64,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Default)]
struct Slot {
    /// How many spans were here before: the id of a span that has closed is not that of the next.
    generation: u32,
    open: Option<Open>,
}

/// A span that somebody has a handle of.
pub(super) struct Open {
    pub(super) metadata: &'static Metadata<'static>,
    parent: Option<Id>,
    handles: usize,
    pub(super) fields: LineFields,
    /// The request or attempt that it is part of.
    scope: Option<Arc<Scope>>,
}

thread_local! {
    /// The spans that the thread is in, of any subscriber, the innermost last.
    static ENTERED: RefCell<Vec<(u64, Id)>> = const { RefCell::new(Vec::new()) };
}

impl Default for Spans {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            owner: NEXT.fetch_add(1, Ordering::Relaxed),
            table: Mutex::default(),
        }
    }
}

impl Spans {
    /// Opens a span within another, with one handle.
    pub(super) fn open(
        &self,
        metadata: &'static Metadata<'static>,
        parent: Option<Id>,
        fields: LineFields,
    ) -> Id {
        let mut table = self.table();
        let outer = parent.as_ref().and_then(|id| table.get_mut(id));
        let scope = outer.and_then(|outer| {
            outer.handles += 1;
            outer.scope.clone()
        });
        table.insert(Open {
            metadata,
            parent,
            handles: 1,
            fields,
            scope,
        })
    }

    /// One handle more.
    pub(super) fn keep(&self, id: &Id) {
        if let Some(span) = self.table().get_mut(id) {
            span.handles += 1;
        }
    }

    /// One handle less; whether it was the last. A span within another has a handle of that one.
    pub(super) fn release(&self, id: &Id) -> bool {
        let mut closed = self.table().release(id);
        let is_last = closed.is_some();
        while let Some(span) = closed {
            closed = span.parent.and_then(|id| self.table().release(&id));
        }
        is_last
    }

    pub(super) fn enter(&self, id: &Id) {
        let entered = (self.owner, id.clone());
        // Nothing is kept while a thread ends.
        ENTERED.try_with(|all| all.borrow_mut().push(entered)).ok();
    }

    pub(super) fn exit(&self, id: &Id) {
        let leave = |all: &RefCell<Vec<(u64, Id)>>| {
            let mut all = all.borrow_mut();
            let innermost = all
                .iter()
                .rposition(|(owner, entered)| *owner == self.owner && entered == id);
            if let Some(at) = innermost {
                all.remove(at);
            }
        };
        ENTERED.try_with(leave).ok();
    }

    /// The innermost span that the thread is in.
    pub(super) fn current(&self) -> Option<Id> {
        let find = |all: &RefCell<Vec<(u64, Id)>>| {
            let all = all.borrow();
            let mut own = all.iter().rev().filter(|(owner, _)| *owner == self.owner);
            own.next().map(|(_, id)| id.clone())
        };
        ENTERED.try_with(find).ok().flatten()
    }

    /// What `read` makes of a span that is open.
    pub(super) fn with<R>(&self, id: &Id, read: impl FnOnce(&mut Open) -> R) -> Option<R> {
        self.table().get_mut(id).map(read)
    }

    /// Calls `read` for a span, then for those around it.
    pub(super) fn outwards(&self, id: &Id, mut read: impl FnMut(&Open)) {
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
    fn insert(&mut self, span: Open) -> Id {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let slot = &mut self.slots[index as usize];
        slot.open = Some(span);
        Id::from_u64((u64::from(slot.generation) << 32 | u64::from(index)) + 1)
    }

    fn slot(&mut self, id: &Id) -> Option<&mut Slot> {
        let (generation, index) = place(id);
        let slot = self.slots.get_mut(index as usize)?;
        (slot.generation == generation).then_some(slot)
    }

    fn get_mut(&mut self, id: &Id) -> Option<&mut Open> {
        self.slot(id)?.open.as_mut()
    }

    /// Takes a handle from a span, and the span out if that was the last.
    fn release(&mut self, id: &Id) -> Option<Open> {
        let slot = self.slot(id)?;
        let span = slot.open.as_mut()?;
        span.handles -= 1;
        if span.handles > 0 {
            return None;
        }
        slot.generation = slot.generation.wrapping_add(1);
        let closed = slot.open.take();
        self.free.push(place(id).1);
        closed
    }
}

/// The generation and the index in an id, which is never zero.
fn place(id: &Id) -> (u32, u32) {
    let number = id.into_u64() - 1;
    ((number >> 32) as u32, number as u32)
}

#[cfg(test)]
mod tests {
    use tracing::dispatcher::with_default;
    use tracing::span::Id;

    use super::{LineFields, Spans};
    use crate::{Config, Timestamp};

    fn open(spans: &Spans, parent: Option<&Id>) -> Id {
        // Only what somebody listens to has some.
        let now = || Timestamp::from_millis(0);
        let (log, _) = crate::log::dispatch(&Config::default(), std::io::sink, now);
        let metadata = with_default(&log, || tracing::error_span!("a span").metadata());
        let metadata = metadata.expect("metadata");
        spans.open(metadata, parent.cloned(), LineFields::default())
    }

    fn is_open(spans: &Spans, id: &Id) -> bool {
        spans.with(id, |_| ()).is_some()
    }

    #[test]
    fn a_span_stays_open_while_one_within_it_is() {
        let spans = Spans::default();
        let outer = open(&spans, None);
        let inner = open(&spans, Some(&outer));
        spans.keep(&inner);
        assert!(!spans.release(&outer));
        assert!(!spans.release(&inner));
        assert!(is_open(&spans, &outer));
        assert!(spans.release(&inner));
        assert!(!is_open(&spans, &outer) && !is_open(&spans, &inner));
    }

    #[test]
    fn the_id_of_a_closed_span_is_nobodys() {
        let spans = Spans::default();
        let first = open(&spans, None);
        spans.enter(&first);
        assert!(spans.release(&first));
        let second = open(&spans, None);
        assert_ne!(first, second);
        assert!(!spans.release(&first));
        assert!(is_open(&spans, &second));
        spans.exit(&first);
        assert_eq!(spans.current(), None);
    }

    #[test]
    fn a_thread_is_in_the_span_it_entered_last_and_has_not_left() {
        let (spans, others) = (Spans::default(), Spans::default());
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
