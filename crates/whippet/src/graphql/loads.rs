//! The loads of a request. Each load reads the values for a batch of keys while the request is executed.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Poll, Waker};

use futures_util::future::{BoxFuture, poll_fn};

use super::Loader;
use crate::{Context, Problem};

/// The loads of a request.
#[derive(Default)]
pub(super) struct Loads(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// The [`Batches`] of each loader.
    by_loader: HashMap<TypeId, Box<dyn Any + Send>>,
    /// The batches that have not started.
    new: Vec<BoxFuture<'static, ()>>,
}

/// The batches of a loader, by key.
struct Batches<L: Loader> {
    by_key: HashMap<L::Key, Arc<Batch<L>>>,
    /// The batch to which keys can still be added.
    open: Option<Arc<Batch<L>>>,
}

struct Batch<L: Loader> {
    state: Mutex<BatchState<L::Key>>,
    result: OnceLock<Loaded<L>>,
}

type Loaded<L> = Result<HashMap<<L as Loader>::Key, <L as Loader>::Value>, Arc<Problem>>;

struct BatchState<K> {
    keys: Vec<K>,
    waiting: Vec<Waker>,
}

impl Loads {
    /// Returns the value of a key. The first poll adds the key to a batch.
    pub(super) async fn load<L: Loader>(
        loads: &Arc<Self>,
        context: &Context,
        key: L::Key,
    ) -> Result<Option<L::Value>, Arc<Problem>> {
        let batch = loads.batch::<L>(context, &key);
        let result = poll_fn(|poller| {
            let mut state = lock(&batch.state);
            // The lock is held from the check of the result until the waker is stored. Otherwise, the batch could
            // complete in between, and nothing would wake this future.
            match batch.result.get() {
                Some(result) => Poll::Ready(result),
                None => {
                    state.waiting.push(poller.waker().clone());
                    Poll::Pending
                }
            }
        });
        match result.await {
            Ok(values) => Ok(values.get(&key).cloned()),
            Err(problem) => Err(Arc::clone(problem)),
        }
    }

    /// Returns the batch that contains a key. If no batch contains the key, adds the key to a batch.
    fn batch<L: Loader>(self: &Arc<Self>, context: &Context, key: &L::Key) -> Arc<Batch<L>> {
        let mut queue = lock(&self.0);
        let Queue { by_loader, new } = &mut *queue;
        let batches = by_loader
            .entry(TypeId::of::<L>())
            .or_insert_with(|| Box::new(Batches::<L>::default()));
        let Some(batches) = batches.downcast_mut::<Batches<L>>() else {
            // The key of the map is the type of the loader, so the downcast never fails.
            return Arc::new(Batch::of_no_keys());
        };
        if let Some(batch) = batches.by_key.get(key) {
            return Arc::clone(batch);
        }
        let batch = match &batches.open {
            Some(open) => Arc::clone(open),
            None => {
                let batch = Arc::new(Batch::<L>::new());
                let (loads, context) = (Arc::downgrade(self), context.clone());
                new.push(Box::pin(run(loads, context, Arc::clone(&batch))));
                Arc::clone(batches.open.insert(batch))
            }
        };
        let mut state = lock(&batch.state);
        state.keys.push(key.clone());
        if state.keys.len() >= L::MAX_KEYS {
            batches.open = None;
        }
        drop(state);
        batches.by_key.insert(key.clone(), Arc::clone(&batch));
        batch
    }

    /// Closes a batch: later keys go into a new batch.
    fn close<L: Loader>(&self, batch: &Arc<Batch<L>>) {
        let mut queue = lock(&self.0);
        let batches = queue.by_loader.get_mut(&TypeId::of::<L>());
        if let Some(batches) = batches.and_then(|any| any.downcast_mut::<Batches<L>>())
            && batches
                .open
                .as_ref()
                .is_some_and(|open| Arc::ptr_eq(open, batch))
        {
            batches.open = None;
        }
    }

    /// Returns the batches that have not started, and removes these batches from the queue.
    pub(super) fn take_new(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut lock(&self.0).new)
    }

    /// Discards all values. The values are then read again for the next event of a subscription, or for the next field
    /// of a mutation.
    pub(super) fn clear(&self) {
        lock(&self.0).by_loader.clear();
    }
}

/// Reads the values of a batch, and wakes the resolvers that wait for them.
async fn run<L: Loader>(loads: Weak<Loads>, context: Context, batch: Arc<Batch<L>>) {
    if let Some(loads) = loads.upgrade() {
        loads.close(&batch);
    }
    let keys = std::mem::take(&mut lock(&batch.state).keys);
    let result = L::load(&context, &keys).await.map_err(Arc::new);
    let mut state = lock(&batch.state);
    // A batch runs once, so the result is not set yet.
    batch.result.set(result).ok();
    for waker in std::mem::take(&mut state.waiting) {
        waker.wake();
    }
}

impl<L: Loader> Batch<L> {
    fn new() -> Self {
        Self {
            state: Mutex::new(BatchState {
                keys: Vec::new(),
                waiting: Vec::new(),
            }),
            result: OnceLock::new(),
        }
    }

    fn of_no_keys() -> Self {
        let result = OnceLock::from(Ok(HashMap::new()));
        Self {
            result,
            ..Self::new()
        }
    }
}

impl<L: Loader> Default for Batches<L> {
    fn default() -> Self {
        Self {
            by_key: HashMap::new(),
            open: None,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
