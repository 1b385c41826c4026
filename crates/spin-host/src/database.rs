//! Connections to SQLite files. SQL statements run on tokio's blocking threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::{Value as SqlValue, ValueRef};
use tokio::sync::{mpsc, oneshot};

use crate::bindings::sqlite::{Error, QueryResult, RowResult, Value};

/// The maximum number of rows that a running statement buffers until the guest reads them.
const ROWS_AHEAD: usize = 4;

/// A guest's connection to a SQLite file. All clones of a `Connection` use the same SQLite connection.
#[derive(Clone, Debug)]
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct Connection(Arc<Mutex<rusqlite::Connection>>);

/// A running SQL statement: the names of its columns, the channel from which its rows are read, and its result.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: mpsc::Receiver<RowResult>,
    pub(crate) end: oneshot::Receiver<Result<(), Error>>,
}

impl Connection {
    /// Opens the SQLite file `file`, and creates the file if it does not exist. Statements wait up to 5 s for a lock
    /// (rusqlite's default).
    pub(crate) async fn open(file: PathBuf) -> Result<Self, Error> {
        let opened = blocking(move || rusqlite::Connection::open(file).map_err(io)).await?;
        Ok(Self(Arc::new(Mutex::new(opened))))
    }

    /// Runs a statement and collects its rows.
    pub(crate) async fn execute(
        &self,
        sql: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        self.with(move |connection| {
            let (mut columns, mut rows) = (Vec::new(), Vec::new());
            let mut push = |row| {
                rows.push(row);
                Ok(())
            };
            run(connection, &sql, parameters, |c| columns = c, &mut push)?;
            Ok(QueryResult { columns, rows })
        })
        .await
    }

    /// Starts a statement. If the statement fails, also because of a syntax error, [`Running::end`] receives the error.
    pub(crate) async fn start(&self, sql: String, parameters: Vec<Value>) -> Running {
        let (columns_tx, columns) = oneshot::channel();
        let (rows_tx, rows) = mpsc::channel(ROWS_AHEAD);
        let (end_tx, end) = oneshot::channel();
        let connection = self.clone();
        tokio::task::spawn_blocking(move || {
            let connection = connection.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut send = |row| {
                rows_tx
                    .blocking_send(row)
                    .map_err(|_| Error::Io("row send error".into()))
            };
            let announce = |columns| drop(columns_tx.send(columns));
            let result = run(&connection, &sql, parameters, announce, &mut send);
            drop(connection);
            drop(end_tx.send(result));
        });
        Running {
            columns: columns.await.unwrap_or_default(),
            rows,
            end,
        }
    }

    /// Returns the number of rows that the last insert, update or delete changed.
    pub(crate) async fn changes(&self) -> Result<u64, Error> {
        self.with(|connection| Ok(connection.changes())).await
    }

    /// Returns the rowid of the last inserted row.
    pub(crate) async fn last_insert_rowid(&self) -> Result<i64, Error> {
        self.with(|connection| Ok(connection.last_insert_rowid()))
            .await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = self.0.clone();
        blocking(move || work(&shared.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::Io(error.to_string())))
}

/// Runs the first statement in `sql`. Ignores the text after the first statement, as SQLite's `prepare` does.
fn run(
    connection: &rusqlite::Connection,
    sql: &str,
    parameters: Vec<Value>,
    columns: impl FnOnce(Vec<String>),
    push: &mut dyn FnMut(RowResult) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(sql).map_err(io)?;
    let names: Vec<String> = statement
        .column_names()
        .into_iter()
        .map(Into::into)
        .collect();
    let width = names.len();
    columns(names);
    let parameters = rusqlite::params_from_iter(parameters.into_iter().map(to_sql));
    let mut rows = statement.query(parameters).map_err(io)?;
    while let Some(row) = rows.next().map_err(io)? {
        let values = (0..width).map(|column| from_sql(row.get_ref(column).map_err(io)?));
        let values = values.collect::<Result<_, Error>>()?;
        push(RowResult { values })?;
    }
    Ok(())
}

fn to_sql(value: Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Integer(number) => SqlValue::Integer(number),
        Value::Real(number) => SqlValue::Real(number),
        Value::Text(text) => SqlValue::Text(text),
        Value::Blob(bytes) => SqlValue::Blob(bytes),
    }
}

fn from_sql(value: ValueRef<'_>) -> Result<Value, Error> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(
            String::from_utf8(text.to_vec()).map_err(|error| Error::Io(error.to_string()))?,
        ),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}
