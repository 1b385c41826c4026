//! The columns that an expression can name.

use std::cell::Cell;

use sqlite3_parser::ast::Window;

use super::value::Value;

/// A column of a [`Source`].
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// Whether the column is hidden: `select *` omits it. The arguments of a table-valued function are hidden columns.
    pub(crate) hidden: bool,
    /// Whether `using` or `natural` merged the column into the column of an earlier table.
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

/// How the names `rowid`, `oid` and `_rowid_` are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rowid {
    /// The source has no row ids, for example because it is a `without rowid` table.
    Absent,
    /// The source has row ids, but no column is an alias of them.
    Separate,
    /// The `integer primary key` column with this index.
    Alias(usize),
}

/// A table, view, subquery or function in a `from` clause.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The alias, or else the name of the table.
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rowid: Rowid,
    /// The outer joins that can replace a row of this source with nulls.
    pub(crate) outer: Vec<usize>,
}

/// The single column into which `using` or `natural` merges a column from each side of a join.
#[derive(Debug, Clone)]
pub(crate) struct Merged {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) outer: Vec<usize>,
}

/// How a `select` combines rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// One result row for each row.
    Rows,
    /// One result row for each group, and every group has at least one row.
    Groups,
    /// One result row, even if there are no rows.
    Whole,
}

/// The columns that the expressions of one `select` can name.
#[derive(Debug)]
pub(crate) struct Scope<'e, 'b> {
    pub(crate) id: usize,
    pub(crate) sources: Vec<Source>,
    pub(crate) merged: Vec<Merged>,
    /// The aliases of the result columns.
    pub(crate) aliases: Vec<String>,
    /// The definitions of the `window` clause.
    pub(crate) windows: Vec<(String, &'b Window<'b>)>,
    pub(crate) grouping: Cell<Grouping>,
    /// Whether the `select` aggregates all rows into one result row, and may have no rows to aggregate. In this case,
    /// columns can be null.
    pub(crate) rowless: Cell<bool>,
    pub(crate) parent: Option<&'e Scope<'e, 'b>>,
}

/// The position of a column in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnRef {
    pub(crate) scope: usize,
    pub(crate) source: usize,
    pub(crate) column: usize,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    Column(ColumnRef),
    /// A row id that is not also a column.
    Rowid {
        scope: usize,
        source: usize,
    },
    /// A column that `using` or `natural` merged.
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

    /// Finds an unqualified name in this scope: columns first, then aliases and row ids, as SQLite does.
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

    /// Finds a column by two names: the name of the source, and the name of the column in the source.
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

    /// Returns the scope with this id: this scope or one that contains it.
    pub(crate) fn by_id(&self, id: usize) -> Option<&Scope<'e, 'b>> {
        if self.id == id {
            return Some(self);
        }
        self.parent?.by_id(id)
    }
}

/// Compares names as SQLite does, without regard to the case of ASCII letters.
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
