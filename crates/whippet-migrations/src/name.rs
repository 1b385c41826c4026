//! The names of migration files.

/// Checks the names of the migration files of a folder, in their order. Returns a message for each name that is not
/// valid. `is_squashed` states whether the first file is [squashed](crate::squashed). A squashed file has the number of
/// the last file that it replaces.
///
/// wrangler numbers the files from 1 and applies them in the order of their names. So a gap in the numbers means that a
/// file is missing. Two files with the same number were probably written at the same time.
#[must_use]
pub fn check_names<'a>(names: impl IntoIterator<Item = &'a str>, is_squashed: bool) -> Vec<String> {
    let mut names = names.into_iter().peekable();
    let first = names.peek().and_then(|name| number(name));
    let first = first.filter(|_| is_squashed).unwrap_or(1);
    let mistake = |(expected, name): (usize, &str)| match number(name) {
        None => Some(format!("{name} must have a name like 0001_name.sql")),
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
            "x.sql must have a name like 0001_name.sql",
            "ä123_y.sql must have a name like 0001_name.sql",
            "0003_.sql must have a name like 0001_name.sql",
            "0004_d.sql must have the number 0006",
        ];
        assert_eq!(check_names(names, false), expected);
    }
}
