//! Generates the statements that a query with pieces can become.

use crate::Role;
use crate::piece::{Condition, is_independent};
use crate::template::{Fragment, Part, Template};

/// The maximum number of conditions in a query. The number of statements to check doubles with each condition.
const MAX_CONDITIONS: u32 = 6;

/// One variant of the query: the pieces that it contains, and the sort order of the page.
#[derive(Debug, Clone)]
struct Choice {
    pieces: Vec<bool>,
    has_cursor: bool,
    is_ascending: bool,
}

impl Template {
    /// Returns the number of a parameter in the SQL. The first parameter is `?1`. Conditions and cursors do not appear
    /// in the SQL, so they have no number. The parameters for the key and the limit of a page have the last two
    /// numbers.
    pub(crate) fn number(&self, index: usize) -> usize {
        let before = self.parameters.iter().take(index + 1);
        before
            .filter(|parameter| matches!(parameter.role, Role::Value | Role::Optional))
            .count()
    }

    /// Returns the SQL of the fragments, and the highest parameter number in this SQL.
    pub(crate) fn sql(&self, fragments: &[Fragment]) -> (String, usize) {
        let mut sql = String::new();
        let mut last = 0;
        for fragment in fragments {
            match fragment {
                Fragment::Sql(text) => sql.push_str(text),
                Fragment::Parameter(index) => {
                    let number = self.number(*index);
                    last = last.max(number);
                    sql.push('?');
                    sql.push_str(&number.to_string());
                }
            }
        }
        (sql, last)
    }

    /// Returns the statements that SQLite has to check. They are not all statements that the query can become, but if
    /// SQLite accepts them, it also accepts the others.
    ///
    /// # Errors
    ///
    /// Returns an error if the query has too many conditions.
    pub(crate) fn variants(&self) -> Result<Vec<String>, String> {
        let pieces: Vec<(&Condition, bool)> = self
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Piece(condition, fragments) => Some((
                    condition,
                    matches!(condition, Condition::Given(_)) && is_independent(fragments),
                )),
                _ => None,
            })
            .collect();
        let mut switches: Vec<&Condition> = Vec::new();
        for (condition, _) in pieces.iter().filter(|(_, independent)| !independent) {
            let condition = *condition;
            if !switches.iter().any(|known| same_switch(known, condition)) {
                switches.push(condition);
            }
        }
        let count = u32::try_from(switches.len()).unwrap_or(u32::MAX);
        if count > MAX_CONDITIONS {
            return Err(format!(
                "the query has {count} conditions in braces, but at most {MAX_CONDITIONS} are supported: split the query"
            ));
        }
        let independent: Vec<usize> = (0..pieces.len()).filter(|index| pieces[*index].1).collect();
        let mut variants = Vec::new();
        for bits in 0..1_u32 << count {
            let is_on = |condition: &Condition| {
                let position = switches
                    .iter()
                    .position(|known| same_switch(known, condition));
                let on = position.is_some_and(|position| bits & (1 << position) != 0);
                on != matches!(condition, Condition::IfNot(_))
            };
            let with = |included: &dyn Fn(usize) -> bool| {
                let pieces = pieces
                    .iter()
                    .enumerate()
                    .map(|(index, (condition, independent))| {
                        if *independent {
                            included(index)
                        } else {
                            is_on(condition)
                        }
                    });
                Choice {
                    pieces: pieces.collect(),
                    has_cursor: true,
                    is_ascending: true,
                }
            };
            let all = with(&|_| true);
            for &(has_cursor, is_ascending) in self.pages() {
                variants.push(self.render(&Choice {
                    has_cursor,
                    is_ascending,
                    ..all.clone()
                }));
            }
            if !independent.is_empty() {
                variants.push(self.render(&with(&|_| false)));
            }
            if independent.len() > 1 {
                for only in &independent {
                    variants.push(self.render(&with(&|index| index == *only)));
                }
            }
        }
        Ok(variants)
    }

    fn pages(&self) -> &'static [(bool, bool)] {
        let has_page = self
            .parts
            .iter()
            .any(|part| matches!(part, Part::Page { .. }));
        if has_page {
            &[(true, true), (true, false), (false, true), (false, false)]
        } else {
            &[(true, true)]
        }
    }

    fn render(&self, choice: &Choice) -> String {
        let mut pieces = choice.pieces.iter();
        let mut sql = String::new();
        for part in &self.parts {
            match part {
                Part::Text(fragments) => sql.push_str(&self.sql(fragments).0),
                Part::Piece(_, fragments) => {
                    if pieces.next() == Some(&true) {
                        sql.push_str(&self.sql(fragments).0);
                    }
                }
                Part::Page { columns, .. } => {
                    let key = self.number(self.parameters.len()) + 1;
                    sql.push_str(&page(columns, choice.has_cursor, choice.is_ascending, key));
                }
            }
        }
        sql
    }
}

/// Returns the SQL for a page: the condition, the order and the limit. At run time, the crate `whippet` writes the same
/// SQL.
fn page(columns: &[String], has_cursor: bool, is_ascending: bool, key: usize) -> String {
    let (beyond, direction) = if is_ascending {
        (">", "asc")
    } else {
        ("<", "desc")
    };
    let order: Vec<String> = columns
        .iter()
        .map(|column| format!("{column} {direction}"))
        .collect();
    let condition = if has_cursor {
        let values: Vec<String> = (0..columns.len())
            .map(|at| format!("?{key} ->> {at}"))
            .collect();
        format!("({}) {beyond} ({})", columns.join(", "), values.join(", "))
    } else {
        "true".to_owned()
    };
    format!(
        "{condition} order by {} limit ?{}",
        order.join(", "),
        key + 1
    )
}

fn same_switch(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::If(a) | Condition::IfNot(a), Condition::If(b) | Condition::IfNot(b)) => a == b,
        (Condition::Given(a), Condition::Given(b)) => a == b,
        _ => false,
    }
}
