//! D1: rows through `sqlx-d1`; changes and batches, which it does not have, through `worker`'s own D1.

use futures_util::future::BoxFuture;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use sqlx_d1::D1Connection;
use sqlx_d1::sqlx_core::{column::Column, row::Row};
use wasm_bindgen::{JsCast, JsValue};
use worker::send::SendFuture;
use worker::{D1Database, D1PreparedStatement, D1Result};

use crate::DbError;
use crate::db::{Rows, Statement, Value};
use crate::host::Database;

/// The name of the database's binding.
const BINDING: &str = "DB";

pub(super) struct D1 {
    bound: Option<(D1Connection, D1Database)>,
}

impl D1 {
    pub(super) fn new(env: &worker::Env) -> Self {
        let bound = env
            .d1(BINDING)
            .and_then(|d1| Ok((D1Connection::new(d1), env.d1(BINDING)?)));
        Self { bound: bound.ok() }
    }

    fn bound(&self) -> Result<&(D1Connection, D1Database), DbError> {
        self.bound.as_ref().ok_or_else(|| {
            DbError::Database(format!("the Worker has no D1 database bound as {BINDING}: see d1_databases in wrangler.toml"))
        })
    }
}

impl Database for D1 {
    fn fetch(&self, statement: Statement) -> BoxFuture<'_, Result<Rows, DbError>> {
        Box::pin(SendFuture::new(async move {
            let (connection, _) = self.bound()?;
            let mut query = sqlx_d1::query(&statement.sql);
            for value in statement.values {
                query = match value {
                    Value::Null => query.bind(None::<String>),
                    Value::Integer(value) => query.bind(value),
                    Value::Real(value) => query.bind(value),
                    Value::Text(value) => query.bind(value),
                    Value::Blob(value) => query.bind(value),
                };
            }
            let found = query
                .fetch_all(connection)
                .await
                .map_err(|error| failed(&error))?;
            let mut rows = Rows::default();
            for row in found {
                if rows.columns.is_empty() {
                    rows.columns = row
                        .columns()
                        .iter()
                        .map(|column| column.name().to_owned())
                        .collect();
                }
                let values = (0..row.len()).map(|at| row.try_get_raw(at).map(|cell| value(&cell)));
                rows.rows.push(
                    values
                        .collect::<Result<_, _>>()
                        .map_err(|error| failed(&error))?,
                );
            }
            Ok(rows)
        }))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64, DbError>> {
        Box::pin(SendFuture::new(async move {
            let (_, database) = self.bound()?;
            let result = prepare(database, statement)?
                .run()
                .await
                .map_err(|error| failed(&error))?;
            changes(&result)
        }))
    }

    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Rows>, DbError>> {
        Box::pin(SendFuture::new(async move {
            let (_, database) = self.bound()?;
            let prepared = statements
                .into_iter()
                .map(|statement| prepare(database, statement));
            let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
            let results = database
                .batch(prepared)
                .await
                .map_err(|error| failed(&error))?;
            results.iter().map(rows).collect()
        }))
    }
}

fn prepare(database: &D1Database, statement: Statement) -> Result<D1PreparedStatement, DbError> {
    let values: Vec<JsValue> = statement.values.into_iter().map(js_value).collect();
    database
        .prepare(statement.sql)
        .bind(&values)
        .map_err(|error| failed(&error))
}

fn js_value(value: Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        // Within ±(2^53 − 1), as every query is checked.
        #[expect(clippy::cast_precision_loss, reason = "the range is checked")]
        Value::Integer(value) => JsValue::from_f64(value as f64),
        Value::Real(value) => JsValue::from_f64(value),
        Value::Text(value) => JsValue::from_str(&value),
        Value::Blob(value) => js_sys::Uint8Array::from(&value[..]).into(),
    }
}

/// D1 gives numbers as doubles and blobs as arrays of numbers.
fn value(value: &JsValue) -> Value {
    if let Some(number) = value.as_f64() {
        return Value::from_double(number);
    }
    if let Some(text) = value.as_string() {
        return Value::Text(text);
    }
    if value.is_null() || value.is_undefined() {
        return Value::Null;
    }
    if value.is_instance_of::<js_sys::ArrayBuffer>() || js_sys::Array::is_array(value) {
        return Value::Blob(js_sys::Uint8Array::new(value).to_vec());
    }
    value.as_bool().map_or(Value::Null, Value::from)
}

fn changes(result: &D1Result) -> Result<u64, DbError> {
    let meta = result.meta().map_err(|error| failed(&error))?;
    Ok(meta.and_then(|meta| meta.changes).unwrap_or(0) as u64)
}

fn rows(result: &D1Result) -> Result<Rows, DbError> {
    let found: Vec<Cells> = result.results().map_err(|error| failed(&error))?;
    let columns = found
        .first()
        .map(|Cells(cells)| cells.iter().map(|(name, _)| name.clone()).collect());
    Ok(Rows {
        columns: columns.unwrap_or_default(),
        rows: found
            .into_iter()
            .map(|Cells(cells)| cells.into_iter().map(|(_, Cell(value))| value).collect())
            .collect(),
        changes: changes(result)?,
    })
}

fn failed(error: &dyn std::error::Error) -> DbError {
    // sqlx-d1's own text is "Error from D1"; what D1 said is its source.
    let mut said = error;
    while let Some(source) = said.source() {
        said = source;
    }
    DbError::from_message(said.to_string())
}

/// A row, its columns in order.
struct Cells(Vec<(String, Cell)>);
struct Cell(Value);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Cells;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a row")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = map.next_entry()? {
                    cells.push(cell);
                }
                Ok(Cells(cells))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Cell;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value of SQLite's")
            }
            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell(Value::Null))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
                Ok(Cell(Value::Integer(value)))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
                Ok(Cell(Value::from_double(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Cell, E> {
                Ok(Cell(value.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(Cell(Value::Blob(bytes)))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
