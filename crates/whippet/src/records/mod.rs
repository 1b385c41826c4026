//! Records: structs that `#[derive(Record)]` maps to a table. See the trait [`Record`].

mod children;
mod error;
mod field;
mod insert;
mod modify;
mod pages;
mod patch;
mod record;
mod table;

pub use children::{ChildOf, Children};
pub use error::RecordError;
#[doc(hidden)]
pub use field::{Conversion, FitsField, column, json, optional_json};
pub use insert::Insert;
pub use modify::{Modify, Versioned};
pub use pages::{Paged, RecordPage};
pub use patch::RecordPatch;
#[doc(hidden)]
pub use patch::{FitsJsonPatch, FitsPatch};
pub use record::Record;
#[doc(hidden)]
pub use table::{Table, has_key};
