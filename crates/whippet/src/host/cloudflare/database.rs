//! The database D1. `sqlx-d1` reads rows. `sqlx-d1` can neither count changed rows nor run batches, so the crate
//! `worker` does both.

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
            let d1_rows = query
                .fetch_all(connection)
                .await
                .map_err(|error| failed(&error))?;
            let mut rows = Rows::default();
            for row in d1_rows {
                if rows.columns.is_empty() {
                    let names = row.columns().iter();
                    let names = names.map(|column| column.name().to_owned());
                    rows = Rows::new(names.collect())?;
                }
                let values =
                    (0..row.len()).map(|index| row.try_get_raw(index).map(|raw| value(&raw)));
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
        // The conversion is exact, because `Query` rejects integers outside ±(2^53 − 1).
        #[expect(clippy::cast_precision_loss, reason = "the range is checked")]
        Value::Integer(value) => JsValue::from_f64(value as f64),
        Value::Real(value) => JsValue::from_f64(value),
        Value::Text(value) => JsValue::from_str(&value),
        Value::Blob(value) => js_sys::Uint8Array::from(&value[..]).into(),
    }
}

/// Converts a value of D1. D1 returns numbers as doubles, and blobs as arrays of numbers.
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
    let d1_rows: Vec<D1Row> = result.results().map_err(|error| failed(&error))?;
    let columns = d1_rows
        .first()
        .map(|D1Row(columns)| columns.iter().map(|(name, _)| name.clone()).collect());
    let mut rows = Rows::new(columns.unwrap_or_default())?;
    let values = |D1Row(columns)| {
        columns
            .into_iter()
            .map(|(_, D1Value(value))| value)
            .collect()
    };
    rows.rows = d1_rows.into_iter().map(values).collect();
    rows.changes = changes(result)?;
    Ok(rows)
}

fn failed(error: &dyn std::error::Error) -> DbError {
    // sqlx-d1 reports every error of D1 as "Error from D1". D1's own message is in the innermost source of the error.
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    DbError::from_message(cause.to_string())
}

/// A row of D1: its columns in order, each with its name. The row is not stored as a map, because a map would lose the
/// order of the columns.
struct D1Row(Vec<(String, D1Value)>);

impl<'de> Deserialize<'de> for D1Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowVisitor;
        impl<'de> Visitor<'de> for RowVisitor {
            type Value = D1Row;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a row")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<D1Row, A::Error> {
                let mut columns = Vec::new();
                while let Some(column) = map.next_entry()? {
                    columns.push(column);
                }
                Ok(D1Row(columns))
            }
        }
        deserializer.deserialize_map(RowVisitor)
    }
}

/// A value in a row of D1.
struct D1Value(Value);

impl<'de> Deserialize<'de> for D1Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = D1Value;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an SQLite value")
            }
            fn visit_unit<E>(self) -> Result<D1Value, E> {
                Ok(D1Value(Value::Null))
            }
            fn visit_i64<E>(self, value: i64) -> Result<D1Value, E> {
                Ok(D1Value(Value::Integer(value)))
            }
            fn visit_f64<E>(self, value: f64) -> Result<D1Value, E> {
                Ok(D1Value(Value::from_double(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<D1Value, E> {
                Ok(D1Value(value.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<D1Value, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(D1Value(Value::Blob(bytes)))
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}
