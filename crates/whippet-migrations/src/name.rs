//! Checks the names of migration files.

/// Checks the sorted names of the migration files in a folder. Returns a message for each name that is not valid. The
/// numbers usually start at 1. If `is_squashed` is true, the first file is [squashed](crate::squashed), and has the
/// number of the last file that it replaces.
///
/// wrangler numbers the files from 1 and applies them in the order of their names. So a gap in the numbers means that a
/// file is missing. If two files have the same number, probably two developers wrote them at the same time.
#[must_use]
pub fn check_names<'a>(names: impl IntoIterator<Item = &'a str>, is_squashed: bool) -> Vec<String> {
    let mut names = names.into_iter().peekable();
    let first = names.peek().and_then(|name| number(name));
    let first = first.filter(|_| is_squashed).unwrap_or(1);
    let mistake = |(expected, name): (usize, &str)| match number(name) {
        None => Some(format!("{name} must be named like 0001_name.sql")),
        Some(number) if number != expected => {
            Some(format!("{name} must have the number {expected:04}"))
        }
        Some(_) => None,
    };
    (first..).zip(names).filter_map(mistake).collect()
}

fn number(name: &str) -> Option<usize> {
    let (number, rest) = name.split_once('_')?;
    let is_number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = rest.len() > ".sql".len() && rest.ends_with(".sql");
    (is_number && is_name).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::check_names;

    #[test]
    fn files_with_consecutive_numbers_are_accepted() {
        assert!(check_names(["0001_a.sql", "0002_b.sql"], false).is_empty());
        assert!(check_names(["0007_a.sql", "0008_b.sql"], true).is_empty());
        assert!(check_names([], false).is_empty());
    }

    #[test]
    fn all_mistakes_in_file_names_are_reported_together() {
        let names = [
            "0001_a.sql",
            "0001_b.sql",
            "x.sql",
            "ä123_y.sql",
            "0003_.sql",
            "0004_d.sql",
        ];
        let expected = [
            "0001_b.sql must have the number 0002",
            "x.sql must be named like 0001_name.sql",
            "ä123_y.sql must be named like 0001_name.sql",
            "0003_.sql must be named like 0001_name.sql",
            "0004_d.sql must have the number 0006",
        ];
        assert_eq!(check_names(names, false), expected);
    }
}
