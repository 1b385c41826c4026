//! The state of an app: values that all requests and tasks share.

use std::any::{Any, TypeId, type_name};
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;

use crate::{Context, Problem};

type AnyValue = Arc<dyn Any + Send + Sync>;

/// A function that creates a value. The function is called when a request or task first asks for the value.
type Create = dyn Fn(Context) -> BoxFuture<'static, Result<AnyValue, Problem>> + Send + Sync;

/// The shared values of an app, at most one of each type.
#[derive(Default)]
pub(crate) struct States(Vec<Entry>);

struct Entry {
    id: TypeId,
    name: &'static str,
    value: OnceLock<AnyValue>,
    create: Option<Box<Create>>,
}

impl States {
    /// Adds a value.
    pub(crate) fn add<T: Send + Sync + 'static>(&mut self, value: T) {
        let value: AnyValue = Arc::new(value);
        self.push::<T>(Some(value), None);
    }

    /// Adds a function that creates a value.
    pub(crate) fn add_lazy<T, F, R>(&mut self, create: F)
    where
        T: Send + Sync + 'static,
        F: Fn(Context) -> R + Send + Sync + 'static,
        R: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let create = move |context| -> BoxFuture<'static, Result<AnyValue, Problem>> {
            let created = create(context);
            Box::pin(async move { Ok(Arc::new(created.await?) as AnyValue) })
        };
        self.push::<T>(None, Some(Box::new(create)));
    }

    fn push<T: 'static>(&mut self, value: Option<AnyValue>, create: Option<Box<Create>>) {
        self.0.push(Entry {
            id: TypeId::of::<T>(),
            name: type_name::<T>(),
            value: value.map_or_else(OnceLock::new, OnceLock::from),
            create,
        });
    }

    /// Adds the values of another app.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// If two values have the same type, returns an error that names the type.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (at, entry) in self.0.iter().enumerate() {
            if self.0[..at].iter().any(|other| other.id == entry.id) {
                let name = entry.name;
                return Err(format!(
                    "the app has two states of the type `{name}`: wrap one in a struct"
                ));
            }
        }
        Ok(())
    }

    /// Returns whether the app has a value of type `T`.
    pub(crate) fn contains<T: 'static>(&self) -> bool {
        self.entry(TypeId::of::<T>()).is_some()
    }

    fn entry(&self, id: TypeId) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.id == id)
    }

    /// Returns the value of type `T`, if it exists.
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = self.entry(TypeId::of::<T>())?.value()?;
        // The entry was found by the type `T`, so its value has the type `T`.
        value.downcast().ok()
    }

    /// Creates the value of type `T`, and returns the value.
    ///
    /// If several requests ask for a value that does not exist yet, each request creates a value, and all requests get
    /// the value that was created first. No request waits for the value of another, because on Workers a request cannot
    /// wait for the I/O of another request.
    pub(crate) async fn create<T: Send + Sync + 'static>(
        &self,
        context: &Context,
    ) -> Result<Arc<T>, Problem> {
        let entry = self.entry(TypeId::of::<T>());
        let create = entry.and_then(|entry| Some((entry, entry.create.as_ref()?)));
        let Some((entry, create)) = create else {
            return Err(missing(type_name::<T>()));
        };
        let created = create(context.clone()).await?;
        let value = entry.keep(created);
        value.downcast().map_err(|_| missing(type_name::<T>()))
    }
}

impl Entry {
    fn value(&self) -> Option<AnyValue> {
        self.value.get().cloned()
    }

    /// Stores a value, unless another request has already stored one. Returns the stored value.
    fn keep(&self, created: AnyValue) -> AnyValue {
        Arc::clone(self.value.get_or_init(|| created))
    }
}

fn missing(name: &str) -> Problem {
    Problem::internal(without_state(name))
}

/// Returns the message for a state that the app does not have.
pub(crate) fn without_state(name: &str) -> String {
    format!("the app has no state of the type `{name}`: add it with `App::state`")
}

impl std::fmt::Debug for States {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|entry| entry.name))
            .finish()
    }
}
