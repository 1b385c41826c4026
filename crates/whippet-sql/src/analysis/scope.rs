//! Finds the columns that an expression can refer to.

use std::cell::Cell;

use sqlite3_parser::ast::Window;

use super::value::Value;

/// A column of a [`Source`].
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// True if `select *` omits the column. For example, the arguments of a table-valued function are hidden columns.
    pub(crate) hidden: bool,
    /// True if a join with `using` or `natural` merged the column with a column of an earlier table.
    pub(crate) merged: bool,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>, value: Value) -> Self {
        Self {
            name: name.into(),
            value,
            hidden: false,
            merged: false,
        }
    }
}

/// What the names `rowid`, `oid` and `_rowid_` refer to in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rowid {
    /// The source has no row ids, for example because it is a `without rowid` table.
    Absent,
    /// The source has row ids, but no column contains them.
    Separate,
    /// The `integer primary key` column with this index contains the row ids.
    Alias(usize),
}

/// A table, view, subquery or function in a `from` clause.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The alias, or else the name of the table.
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rowid: Rowid,
    /// The numbers of the outer joins that can replace the columns of this source with nulls.
    pub(crate) outer: Vec<usize>,
}

/// A column that `using` or `natural` creates from two columns, one from each side of a join.
#[derive(Debug, Clone)]
pub(crate) struct Merged {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) outer: Vec<usize>,
}

/// How a `select` converts rows to result rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// One result row for each row, without aggregation.
    Rows,
    /// One result row for each group of rows. A group has at least one row.
    Groups,
    /// One result row for all rows together, even if there are no rows.
    Whole,
}

/// The columns that the expressions of one `select` can refer to.
#[derive(Debug)]
pub(crate) struct Scope<'e, 'b> {
    pub(crate) id: usize,
    pub(crate) sources: Vec<Source>,
    pub(crate) merged: Vec<Merged>,
    /// The aliases of the result columns.
    pub(crate) aliases: Vec<String>,
    /// The named windows that the `window` clause defines.
    pub(crate) windows: Vec<(String, &'b Window<'b>)>,
    pub(crate) grouping: Cell<Grouping>,
    /// True if the `select` combines all rows into one result row. If there are no rows to combine, the columns in this
    /// result row are null.
    pub(crate) rowless: Cell<bool>,
    pub(crate) parent: Option<&'e Scope<'e, 'b>>,
}

/// The scope, the source and the index of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnRef {
    pub(crate) scope: usize,
    pub(crate) source: usize,
    pub(crate) column: usize,
}

/// What a name refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    Column(ColumnRef),
    /// A row id that no column contains.
    Rowid {
        scope: usize,
        source: usize,
    },
    /// A merged column. `using` or `natural` has created it from two columns.
    Merged(Value),
    /// A result column.
    Alias,
}

impl<'e, 'b> Scope<'e, 'b> {
    pub(crate) fn new(id: usize, parent: Option<&'e Scope<'e, 'b>>) -> Self {
        Self {
            id,
            sources: Vec::new(),
            merged: Vec::new(),
            aliases: Vec::new(),
            windows: Vec::new(),
            grouping: Cell::new(Grouping::Rows),
            rowless: Cell::new(false),
            parent,
        }
    }

    /// Finds a name without a source, such as `id`, in this scope. Like SQLite, searches the columns first, and then
    /// the aliases and the row ids.
    pub(crate) fn find(&self, name: &str) -> Option<Found> {
        if let Some(merged) = self
            .merged
            .iter()
            .rev()
            .find(|merged| same(&merged.name, name))
        {
            let nullable = !merged.outer.is_empty() || self.rowless.get();
            return Some(Found::Merged(merged.value.or_null(nullable)));
        }
        for (index, source) in self.sources.iter().enumerate() {
            let mut columns = source.columns.iter();
            if let Some(column) =
                columns.position(|column| !column.merged && same(&column.name, name))
            {
                return Some(Found::Column(self.reference(index, column)));
            }
        }
        if self.aliases.iter().any(|alias| same(alias, name)) {
            return Some(Found::Alias);
        }
        let mut rowids = (0..self.sources.len()).filter_map(|index| self.rowid(index, name));
        rowids.next()
    }

    /// Finds a name with a source, such as `users.id`, in this scope.
    pub(crate) fn find_in(&self, source: &str, name: &str) -> Option<Found> {
        let named = |index: &usize| {
            let own = self.sources[*index].name.as_deref();
            own.is_some_and(|own| same(own, source))
        };
        let index = (0..self.sources.len()).find(named)?;
        let mut columns = self.sources[index].columns.iter();
        match columns.position(|column| same(&column.name, name)) {
            Some(column) => Some(Found::Column(self.reference(index, column))),
            None => self.rowid(index, name),
        }
    }

    fn rowid(&self, source: usize, name: &str) -> Option<Found> {
        if !["rowid", "oid", "_rowid_"]
            .iter()
            .any(|rowid| same(rowid, name))
        {
            return None;
        }
        match self.sources[source].rowid {
            Rowid::Absent => None,
            Rowid::Separate => Some(Found::Rowid {
                scope: self.id,
                source,
            }),
            Rowid::Alias(column) => Some(Found::Column(self.reference(source, column))),
        }
    }

    pub(crate) fn reference(&self, source: usize, column: usize) -> ColumnRef {
        ColumnRef {
            scope: self.id,
            source,
            column,
        }
    }

    /// Returns the scope with this id. The scope is `self` or one of the scopes around it.
    pub(crate) fn by_id(&self, id: usize) -> Option<&Scope<'e, 'b>> {
        if self.id == id {
            return Some(self);
        }
        self.parent?.by_id(id)
    }
}

/// Compares two names. Like SQLite, ignores the case of ASCII letters.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Removes the quotes of a quoted name or string.
pub(crate) fn unquoted(name: &str) -> String {
    let mut chars = name.chars();
    let (open, close) = match chars.next() {
        Some(quote @ ('"' | '`' | '\'')) => (quote, quote),
        Some('[') => ('[', ']'),
        _ => return name.to_owned(),
    };
    let inner = name
        .strip_prefix(open)
        .and_then(|rest| rest.strip_suffix(close));
    let inner = inner.unwrap_or(name);
    if open == '[' {
        inner.to_owned()
    } else {
        inner.replace(&format!("{close}{close}"), &close.to_string())
    }
}
