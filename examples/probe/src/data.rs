//! Operations that write to the database and read back, so that tests can compare hosts.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use whippet::{App, Db, DbError, Json, Problem, Query, Timestamp, post, query, routes};

pub(crate) fn routes(app: App) -> App {
    app.routes(routes![keep_values, violate])
}

/// One value of each type that a row can contain.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Values {
    integer: i64,
    /// The JSON of requests and responses contains the number's bits as hexadecimal digits, because a JSON parser may
    /// change the last bit of a number. The row contains the number itself.
    #[serde(deserialize_with = "bits_or_number", serialize_with = "write_bits")]
    #[schemars(with = "String")]
    real: f64,
    text: String,
    blob: Vec<u8>,
    flag: bool,
    list: Vec<Option<String>>,
    none: Option<String>,
    at: Timestamp,
}

fn bits_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Real {
        Number(f64),
        Bits(String),
    }
    match Real::deserialize(deserializer)? {
        Real::Number(number) => Ok(number),
        Real::Bits(bits) => u64::from_str_radix(&bits, 16)
            .map(f64::from_bits)
            .map_err(D::Error::custom),
    }
}

fn write_bits<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{:016x}", number.to_bits()))
}

/// The stored values: `fetched` is what a query returns, and `batched` is what a batch returns.
#[derive(Serialize, JsonSchema)]
struct Kept {
    fetched: Values,
    batched: Values,
    /// The storage class of each value, as a text.
    types: String,
}

/// Stores values in a table. Then reads the values with a query and with a batch, and returns both results.
#[post("/values")]
async fn keep_values(db: Db, Json(values): Json<Values>) -> Result<Json<Kept>, Problem> {
    let table = "create table if not exists kept (id integer primary key autoincrement, integer integer, real real,
        text text, blob blob, flag integer, list text, none text, at integer) strict";
    query(table).execute(&db).await?;
    let insert = "insert into kept (integer, real, text, blob, flag, list, none, at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) returning id";
    let id: i64 = query(insert)
        .bind(values.integer)
        .bind(values.real)
        .bind(values.text)
        .bind(values.blob)
        .bind(values.flag)
        .bind_json(&values.list)
        .bind(values.none)
        .bind(values.at)
        .fetch_one(&db)
        .await?;
    let columns = "select integer, real, text, blob, flag, list, none, at from kept where id = ?1";
    let fetched = query(columns).bind(id).fetch_one(&db).await?;
    let types =
        "select typeof(integer) || typeof(real) || typeof(text) || typeof(blob) || typeof(none)
        from kept where id = ?1";
    let types = query(types).bind(id).fetch_one(&db).await?;
    let results = db.batch([query(columns).bind(id)]).await?;
    let batched = results.rows(0)?.into_iter().next().ok_or(DbError::NoRow)?;
    Ok(Json(Kept {
        fetched,
        batched,
        types,
    }))
}

/// Violates each kind of constraint, in a single query and in a batch, and returns the errors.
#[post("/violations")]
async fn violate(db: Db) -> Result<Json<Vec<String>>, Problem> {
    let tables = [
        "create table if not exists ruled (id integer primary key, name text not null unique,
            age integer constraint ruled_age check (age > 0), unique (name, age)) strict",
        "create table if not exists ruled_by (id integer not null references ruled (id)) strict",
        "create unique index if not exists ruled_lower on ruled (lower(name))",
        "insert or ignore into ruled values (1, 'Ada', 36)",
    ];
    db.batch(tables.map(query)).await?;
    let mut errors = Vec::new();
    for sql in [
        "insert into ruled values (1, 'Bob', 1)",
        "insert into ruled values (2, 'ADA', 1)",
        "insert into ruled values (2, null, 1)",
        "insert into ruled values (2, 'Bob', 0)",
        "insert into ruled_by values (9)",
    ] {
        let alone = query(sql).execute(&db).await;
        let batched = db.batch([query("select 1"), query(sql)]).await.map(drop);
        let fetched = fetch(&db, query(sql)).await;
        for result in [alone.map(drop), batched, fetched] {
            errors
                .push(result.map_or_else(|error| format!("{error:?}"), |()| "no error".to_owned()));
        }
    }
    Ok(Json(errors))
}

async fn fetch(db: &Db, query: Query) -> Result<(), DbError> {
    query.fetch_all::<(i64,)>(db).await.map(drop)
}
