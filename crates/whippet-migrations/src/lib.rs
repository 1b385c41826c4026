//! Splits migration files into statements, computes their checksums, and compares the files with the migrations that a
//! database has applied.
//!
//! This crate only reads text. The crates `whippet` and `whippet-cli` run the statements.

mod checksum;
mod compatibility;
mod d1;
mod ledger;
mod name;
mod split;
mod squash;
mod token;

pub use checksum::checksum;
pub use compatibility::only_adds;
pub use d1::D1_PRAGMAS;
pub use ledger::{
    APPLIED, APPLIED_WITHOUT_COMPANION, Applied, COMPANION, File, LEDGER, Ledger, LedgerError,
    RECORD, compare,
};
pub use name::check_names;
pub use split::{Statement, statements};
pub use squash::{is_unchanged, squash_mark, squashed};
pub use token::{Kind, Token, tokens};
