//! Dependencies that a test put in the place of the real ones.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

type ByType = Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>;

/// The overrides of one app, by type. A program that serves never has any, and looks no further than that.
#[derive(Default)]
pub(crate) struct Overrides(OnceLock<ByType>);

impl Overrides {
    pub(crate) fn get<D: Clone + 'static>(&self) -> Option<D> {
        let overrides = self.0.get()?.lock();
        let overrides = overrides.unwrap_or_else(PoisonError::into_inner);
        let found = overrides.get(&TypeId::of::<D>())?;
        found.downcast_ref::<D>().cloned()
    }

    #[cfg(any(not(target_arch = "wasm32"), feature = "testing"))]
    pub(crate) fn insert<D: Send + Sync + 'static>(&self, dependency: D) {
        let overrides = self.0.get_or_init(ByType::default).lock();
        let mut overrides = overrides.unwrap_or_else(PoisonError::into_inner);
        overrides.insert(TypeId::of::<D>(), Box::new(dependency));
    }
}
