//! The database D1.
//!
//! JavaScript passes the rows of a result as one JSON string. The crates `worker` and `sqlx-d1` instead read each value
//! with several calls between JavaScript and WebAssembly, and these calls take longer than the query itself.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use worker::send::{SendFuture, SendWrapper};

use super::boundary;
use super::call::Call;
use super::json::{Cell, Object, Table};
use crate::DbError;
use crate::db::{Rows, Statement, Value};
use crate::host::{Database, DatabaseSession};

/// The D1 database of the Worker, used either directly or in a session.
pub(super) struct D1 {
    /// The JavaScript object of the session; undefined if statements run outside a session.
    session: SendWrapper<JsValue>,
}

impl D1 {
    pub(super) fn primary() -> Self {
        Self {
            session: SendWrapper(JsValue::UNDEFINED),
        }
    }
}

impl Database for D1 {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        Box::pin(SendFuture::new(async move {
            let values = statement.values.into_iter().map(js_value).collect();
            let json = Call::start(|call| {
                boundary::fetch_rows(call, &self.session.0, &statement.sql, values);
            })
            .await;
            let Table(columns, rows) = parse(json)?;
            let mut table = Rows::new(columns)?;
            table.rows = rows;
            Ok(table)
        }))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        Box::pin(SendFuture::new(async move {
            let values = statement.values.into_iter().map(js_value).collect();
            let changes = Call::start(|call| {
                boundary::execute(call, &self.session.0, &statement.sql, values);
            })
            .await;
            let changes = changes.map_err(|error| failed(&error))?.as_f64();
            Ok(changes.unwrap_or_default() as u64)
        }))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        Box::pin(SendFuture::new(async move {
            let counts = statements
                .iter()
                .map(|statement| statement.values.len() as u32);
            let counts = counts.collect();
            let (sqls, values): (Vec<_>, Vec<_>) = statements
                .into_iter()
                .map(|statement| (statement.sql.into_owned(), statement.values))
                .unzip();
            let values = values.into_iter().flatten().map(js_value).collect();
            let json = Call::start(|call| {
                boundary::batch(call, &self.session.0, sqls, values, counts);
            })
            .await;
            let results: Vec<(u64, Vec<Object>)> = parse(json)?;
            results.into_iter().map(rows).collect()
        }))
    }

    /// If the Worker has no D1 database, the statements of the returned session fail.
    fn session(&self, start: &str) -> Option<Arc<dyn DatabaseSession>> {
        let session = SendWrapper(boundary::open_session(start));
        Some(Arc::new(Self { session }))
    }
}

impl DatabaseSession for D1 {
    fn bookmark(&self) -> Option<String> {
        boundary::bookmark_of(&self.session.0)
    }
}

fn js_value(value: Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        // The conversion is exact, because `Query` rejects integers outside ±(2^53 − 1).
        #[expect(clippy::cast_precision_loss, reason = "the range is checked")]
        Value::Integer(value) => JsValue::from_f64(value as f64),
        Value::Real(value) => JsValue::from_f64(value),
        Value::Text(value) => JsValue::from_str(&value),
        Value::Blob(value) => js_sys::Uint8Array::from(&value[..]).into(),
    }
}

fn parse<T: for<'de> Deserialize<'de>>(json: Result<JsValue, JsValue>) -> Result<T, DbError> {
    let json = json.map_err(|error| failed(&error))?;
    let json = json.as_string().unwrap_or_default();
    serde_json::from_str(&json).map_err(|error| DbError::Database(format!("D1's result: {error}")))
}

/// Converts an error that D1's binding has thrown. The `cause` of this error is the error of the database itself.
fn failed(error: &JsValue) -> DbError {
    let Some(error) = error.dyn_ref::<js_sys::Error>() else {
        return DbError::from_message(format!("{error:?}"));
    };
    let cause = error.cause();
    let innermost = cause.dyn_ref::<js_sys::Error>().unwrap_or(error);
    DbError::from_message(String::from(innermost.message()))
}

fn rows((changes, objects): (u64, Vec<Object>)) -> Result<Rows, DbError> {
    let columns = objects.first().map(|Object(columns)| {
        let names = columns.iter().map(|(name, _)| name.clone());
        names.collect()
    });
    let mut rows = Rows::new(columns.unwrap_or_default())?;
    rows.changes = changes;
    let values = |Object(columns): Object| columns.into_iter().map(|(_, Cell(value))| value);
    rows.rows = objects
        .into_iter()
        .map(|row| values(row).collect())
        .collect();
    Ok(rows)
}
