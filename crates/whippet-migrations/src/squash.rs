//! Marks a migration file that replaces all earlier files: a squashed file.

use crate::checksum;
use crate::token::{Kind, tokens};

/// The start of the comment that marks a squashed file.
const MARK: &str = "whippet: squashed ";

/// Returns the comment that marks a squashed file. A squashed file replaces several files, and has the name of the last
/// of them. `first` is the name of the first replaced file. `replaced` is the SQL of the last replaced file.
#[must_use]
pub fn squash_mark(first: &str, replaced: &str) -> String {
    format!("-- {MARK}{} from {first}\n", checksum(replaced))
}

/// If the file is a squashed file, returns the checksum of the replaced file that had the same name. Otherwise, returns
/// `None`.
#[must_use]
pub fn squashed(sql: &str) -> Option<&str> {
    let first = tokens(sql).next()?;
    let text = first.text.strip_prefix("--")?.trim_start();
    let mark = text
        .strip_prefix(MARK)
        .filter(|_| first.kind == Kind::Comment)?;
    mark.split_whitespace().next()
}

/// Returns whether `recorded` is the checksum of this file, or of the replaced file that had the same name. `recorded`
/// is the checksum that a database has recorded under this name.
#[must_use]
pub fn is_unchanged(sql: &str, recorded: &str) -> bool {
    recorded == checksum(sql) || squashed(sql) == Some(recorded)
}

#[cfg(test)]
mod tests {
    use super::{is_unchanged, squash_mark, squashed};
    use crate::checksum;

    #[test]
    fn a_squashed_file_is_unchanged_for_a_database_that_has_the_replaced_file() {
        let replaced = "create table b (x)";
        let file = squash_mark("0001_a.sql", replaced) + "create table a (x);\ncreate table b (x);";
        assert_eq!(squashed(&file), Some(&*checksum(replaced)));
        for recorded in [replaced, &file] {
            assert!(is_unchanged(&file, &checksum(recorded)), "{recorded}");
        }
        assert!(!is_unchanged(&file, &checksum("create table c (x)")));
    }

    #[test]
    fn a_file_without_the_mark_at_its_start_is_not_squashed() {
        let mark = squash_mark("0001_a.sql", "");
        for file in [
            "create table a (x)".to_owned(),
            "-- squashed".to_owned(),
            format!("create table a (x);\n{mark}"),
            format!("select '{mark}'"),
        ] {
            assert_eq!(squashed(&file), None, "{file}");
        }
    }
}
