//! Dependencies that a test overrides.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

type ByType = Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>;

/// The values that a test uses to override dependencies of an app. Each type of dependency has at most one value.
#[derive(Default)]
pub(crate) struct Overrides(OnceLock<ByType>);

impl Overrides {
    pub(crate) fn get<D: Clone + 'static>(&self) -> Option<D> {
        let overrides = self.0.get()?.lock();
        let overrides = overrides.unwrap_or_else(PoisonError::into_inner);
        let dependency = overrides.get(&TypeId::of::<D>())?;
        dependency.downcast_ref::<D>().cloned()
    }

    pub(crate) fn insert<D: Send + Sync + 'static>(&self, dependency: D) {
        let overrides = self.0.get_or_init(ByType::default).lock();
        let mut overrides = overrides.unwrap_or_else(PoisonError::into_inner);
        overrides.insert(TypeId::of::<D>(), Box::new(dependency));
    }
}
