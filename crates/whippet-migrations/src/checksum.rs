//! Computes the checksum of a migration file.

use crate::token::{Kind, tokens};

/// Returns the 64-bit FNV-1a hash (draft-eastlake-fnv) of the file's tokens, in hexadecimal digits. Comments and white
/// space do not affect the checksum, so developers may edit them after the file was applied.
#[must_use]
pub fn checksum(sql: &str) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = OFFSET;
    for token in tokens(sql).filter(|token| token.kind != Kind::Comment) {
        for byte in token.text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn comments_and_white_space_do_not_count_and_everything_else_does() {
        let original = checksum("create table a (x text);");
        for same in [
            "-- a comment\ncreate  table a (\n  x text -- why\n);\n",
            "create table a(x text) ;",
        ] {
            assert_eq!(checksum(same), original, "{same}");
        }
        for other in [
            "create table a (x int);",
            "create table a (x text)",
            "create table a (xtext);",
            "create table a (x 'text');",
            "",
        ] {
            assert_ne!(checksum(other), original, "{other}");
        }
        assert_eq!(checksum(""), "cbf29ce484222325");
    }
}
