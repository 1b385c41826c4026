//! The migration files of Whippet: statements, checksums, and the comparison of files with the ledgers of a database.
//!
//! The crate reads only text. `whippet` and `whippet-cli` run the statements.

mod checksum;
mod compatibility;
mod ledger;
mod name;
mod split;
mod token;

pub use checksum::checksum;
pub use compatibility::only_adds;
pub use ledger::{Applied, COMPANION, File, LEDGER, Ledger, LedgerError, compare};
pub use name::check_names;
pub use split::{Statement, statements};
pub use token::{Kind, Token, tokens};
