//! Checks SQL for Whippet's query macros, with a database that a folder of migrations creates. The macros call this
//! crate at compile time, so programs do not contain its code.

mod analysis;
mod checker;
mod column_name;
mod database;
mod folder;
mod functions;
mod kind;
mod lexer;
mod piece;
mod schema;
mod table;
mod template;
mod variants;

pub use checker::{Checked, Checker, Step};
pub use folder::{Folder, check_in, in_folder, sql_files};
pub use kind::{Column, Kind, Parameter, Role};
pub use piece::Condition;
pub use table::{Reference, Table, TableColumn};
