//! Analyzes a statement that SQLite has accepted. Finds the types of the result columns, and which result columns can
//! be null.
//!
//! The analysis reads the parsed SQL, because SQLite reports only the declared types of columns. SQLite's bytecode
//! contains more information, but the bytecode changes from version to version. Where the analysis knows nothing, the
//! result is [`Value::UNKNOWN`].

mod aggregate;
mod column;
mod condition;
mod date;
pub(crate) mod declared;
mod expression;
mod facts;
mod from;
mod function;
mod json;
mod operator;
mod parameters;
mod relation;
mod rows;
mod scope;
mod select;
mod statement;
mod value;
mod window;
mod with;

use std::cell::{Cell, RefCell};

use sqlite3_parser::Bump;
use sqlite3_parser::FallibleIterator;
use sqlite3_parser::ast::{Cmd, Stmt};
use sqlite3_parser::lexer::sql::Parser;

pub(crate) use parameters::Uses;
pub(crate) use value::{Types, Value};

use crate::schema::Schema;
use scope::{ColumnRef, Scope};
use with::Ctes;

/// The result of analyzing a statement.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// What is known about the value of each result column. `None` if the analysis does not understand the statement.
    pub(crate) columns: Option<Vec<Value>>,
    pub(crate) uses: Uses,
}

/// Analyzes a statement whose parameters are named `?1`, `?2`, ….
pub(crate) fn analyze(schema: &Schema, sql: &str) -> Analysis {
    // The first pass finds out which values the parameters accept. The second pass uses these values, because a result
    // column can contain a parameter.
    let (_, uses) = pass(schema, sql, Vec::new());
    let (columns, uses) = pass(schema, sql, uses.values());
    Analysis { columns, uses }
}

fn pass(schema: &Schema, sql: &str, parameters: Vec<Value>) -> (Option<Vec<Value>>, Uses) {
    // For some statements that it does not support, the parser panics instead of returning an error.
    let read = std::panic::catch_unwind(|| {
        let analyzer = Analyzer::new(schema, parameters);
        let columns = with_statement(sql, |statement| analyzer.statement(statement)).flatten();
        let columns = columns.filter(|_| !analyzer.unsure.get());
        (columns, analyzer.uses.into_inner())
    });
    read.unwrap_or_default()
}

/// Parses one statement, and calls `read` with it. Returns `None` if the parser does not support the statement.
pub(crate) fn with_statement<T>(sql: &str, read: impl FnOnce(&Stmt<'_>) -> T) -> Option<T> {
    let bump = Bump::new();
    let mut parser = Parser::new(&bump, sql.as_bytes());
    match parser.next() {
        Ok(Some(Cmd::Stmt(statement))) => Some(read(bump.alloc(statement))),
        _ => None,
    }
}

/// The maximum depth to which views may select from other views.
const MAX_VIEWS: usize = 20;

struct Analyzer<'a> {
    schema: &'a Schema,
    /// What the first pass has found out about the values of the parameters.
    parameters: Vec<Value>,
    uses: RefCell<Uses>,
    scopes: Cell<usize>,
    views: Cell<usize>,
    /// The columns that are not null in the expression that is being analyzed. For example, `x` is not null in the
    /// expression after `when x is not null then`.
    assumed: RefCell<Vec<ColumnRef>>,
    /// True if the statement contains something that the analysis does not understand.
    unsure: Cell<bool>,
}

/// The names that an expression can contain: the columns in its scope, and common table expressions.
struct Env<'e, 'b> {
    scope: Option<&'e Scope<'e, 'b>>,
    ctes: Option<&'e Ctes<'e, 'b>>,
}

impl Clone for Env<'_, '_> {
    fn clone(&self) -> Self {
        *self
    }
}

impl Copy for Env<'_, '_> {}

impl<'e, 'b> Env<'e, 'b> {
    const EMPTY: Self = Self {
        scope: None,
        ctes: None,
    };

    fn within(self, scope: &'e Scope<'e, 'b>) -> Self {
        Self {
            scope: Some(scope),
            ..self
        }
    }
}

impl<'a> Analyzer<'a> {
    fn new(schema: &'a Schema, parameters: Vec<Value>) -> Self {
        Self {
            schema,
            parameters,
            uses: RefCell::default(),
            scopes: Cell::new(0),
            views: Cell::new(0),
            assumed: RefCell::default(),
            unsure: Cell::new(false),
        }
    }

    fn scope<'e, 'b>(&self, parent: Option<&'e Scope<'e, 'b>>) -> Scope<'e, 'b> {
        self.scopes.set(self.scopes.get() + 1);
        Scope::new(self.scopes.get(), parent)
    }

    /// Runs `analyze` on the assumption that these columns are not null.
    fn assuming<T>(&self, columns: Vec<ColumnRef>, analyze: impl FnOnce() -> T) -> T {
        let before = self.assumed.borrow().len();
        self.assumed.borrow_mut().extend(columns);
        let result = analyze();
        self.assumed.borrow_mut().truncate(before);
        result
    }

    /// Runs `analyze` without any assumptions. Use this function for an expression that SQLite evaluates for other rows
    /// than the expression around it, such as the argument of an aggregate function.
    fn for_other_rows<T>(&self, analyze: impl FnOnce() -> T) -> T {
        let assumed = self.assumed.take();
        let result = analyze();
        self.assumed.replace(assumed);
        result
    }
}
