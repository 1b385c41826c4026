//! Writes the SQL of a record, and checks it.

use whippet_sql::{Checked, Checker, Column};

use super::columns::has_pages;
use super::input::Input;
use super::plan::Plan;

/// The SQL of a record, in pieces. At run time, `whippet::records` joins the pieces into statements. The methods of
/// this struct join them in the same way, and check the statements.
pub(super) struct Sql {
    /// The name of the table, in brackets if necessary.
    pub(super) table: String,
    /// The column name of each field, in brackets if necessary.
    pub(super) columns: Vec<String>,
    /// `select …, … from …`.
    pub(super) select: String,
    /// ` where … = ?1 and …`, the condition that finds a row by its key.
    pub(super) by_key: String,
    /// ` returning …, …`.
    pub(super) returning: String,
    pub(super) insert: String,
    pub(super) upsert: String,
    /// `update … set …`. The lowest parameter numbers are reserved for the key in `by_key`, so the first new value has
    /// the next higher number.
    pub(super) update: String,
    /// An assignment that changes nothing, such as `id = id`, for an update without new values.
    pub(super) nothing: String,
}

impl Sql {
    /// Writes the statements.
    ///
    /// # Errors
    ///
    /// Returns an error if the name of the table or a column cannot be written in SQL.
    pub(super) fn new(input: &Input, plan: &Plan, checker: &Checker) -> Result<Self, String> {
        let table = checker.quoted(&input.table.value())?;
        let columns = input
            .fields
            .iter()
            .map(|field| checker.quoted(&field.column));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let name = |index: &usize| columns[*index].as_str();
        let list = |fields: &[usize]| fields.iter().map(name).collect::<Vec<_>>().join(", ");
        let insert = |fields: &[usize]| match fields.len() {
            0 => format!("insert into {table} default values"),
            count => {
                let values: Vec<_> = (1..=count).map(|number| format!("?{number}")).collect();
                let (columns, values) = (list(fields), values.join(", "));
                format!("insert into {table} ({columns}) values ({values})")
            }
        };
        let nothing = format!("{0} = {0}", name(&plan.key[0]));
        let next_version = plan
            .version
            .map(|index| format!("{0} = {0} + 1", name(&index)));
        let set = |assignments: Vec<String>| match assignments.as_slice() {
            [] => nothing.clone(),
            _ => assignments
                .into_iter()
                .chain(next_version.clone())
                .collect::<Vec<_>>()
                .join(", "),
        };
        let replaced = plan.upserted.iter();
        let replaced = replaced.filter(|index| plan.updated.contains(index));
        let replaced = replaced.map(|index| format!("{0} = excluded.{0}", name(index)));
        let updated = plan.updated.iter().zip(plan.key.len() + 1..);
        let updated = updated.map(|(index, number)| format!("{} = ?{number}", name(index)));
        let by_key = plan.key.iter().zip(1..);
        let by_key = by_key.map(|(index, number)| format!("{} = ?{number}", name(index)));
        let all = columns.join(", ");
        Ok(Self {
            select: format!("select {all} from {table}"),
            by_key: format!(" where {}", by_key.collect::<Vec<_>>().join(" and ")),
            returning: format!(" returning {all}"),
            insert: insert(&plan.inserted),
            upsert: format!(
                "{} on conflict ({}) do update set {}",
                insert(&plan.upserted),
                list(&plan.key),
                set(replaced.collect())
            ),
            update: format!("update {table} set {}", set(updated.collect())),
            nothing,
            table,
            columns,
        })
    }

    /// Checks every statement except those for children, and returns the columns of the record.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error message, followed by the rejected statement.
    pub(super) fn check(&self, plan: &Plan, checker: &Checker) -> Result<Vec<Column>, String> {
        let Self {
            select,
            by_key,
            returning,
            table,
            ..
        } = self;
        let check = |sql: String| {
            let checked: Result<Checked, String> = checker.check(&sql);
            checked.map_err(|error| format!("{error}, in the record's statement `{sql}`"))
        };
        let columns = check(format!("{select}{by_key}"))?.columns;
        check(format!("{}{returning}", self.insert))?;
        check(format!("{}{returning}", self.upsert))?;
        let last = plan.key.len() + plan.updated.len();
        let condition = |number: usize| match plan.version {
            Some(version) => format!(
                " and {} in (select value from json_each(?{number}))",
                self.columns[version]
            ),
            None => String::new(),
        };
        check(format!(
            "{}{by_key}{}{returning}",
            self.update,
            condition(last + 1)
        ))?;
        let condition = condition(plan.key.len() + 1);
        check(format!(
            "update {table} set {}{by_key}{condition}{returning}",
            self.nothing
        ))?;
        check(format!("delete from {table}{by_key}{condition}{returning}"))?;
        if has_pages(plan, &columns) {
            check(format!(
                "{select} where {{page :cursor by {}}}",
                self.names(&plan.page).join(", ")
            ))?;
        }
        Ok(columns)
    }

    /// Checks the statements that list children: those of several parents, and a page of the children of one parent.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error message.
    pub(super) fn check_children(
        &self,
        field: usize,
        plan: &Plan,
        has_pages: bool,
        checker: &Checker,
    ) -> Result<(), String> {
        let (column, order) = (&self.columns[field], self.names(&plan.page).join(", "));
        let sql = format!(
            "{} where {column} in (select value from json_each(?1)) order by {column}, {order}",
            self.select
        );
        checker.check(&sql)?;
        if !has_pages {
            return Ok(());
        }
        let sql = format!(
            "{} where {column} = :parent and {{page :cursor by {order}}}",
            self.select
        );
        checker.check(&sql).map(drop)
    }

    pub(super) fn names(&self, fields: &[usize]) -> Vec<&str> {
        fields
            .iter()
            .map(|index| self.columns[*index].as_str())
            .collect()
    }
}
