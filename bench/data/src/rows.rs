//! Reads 1,000 rows of eight columns into structs: with Whippet's `query_as!`, with rusqlite by hand, and with sqlx.

use std::hint::black_box;

use rusqlite::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use whippet::{App, Db, query_as};

use crate::{ROWS, Result, TABLE, median, service, time};

const ROUNDS: usize = 15;
const READS: u32 = 100;

#[expect(dead_code, reason = "the benchmark reads rows, and does not use them")]
struct Item {
    id: i64,
    sku: String,
    name: String,
    cents: i64,
    weight: f64,
    active: bool,
    tags: String,
    version: i64,
}

/// Reads an item from the columns of a row.
macro_rules! item {
    ($row:ident.$get:ident) => {
        Item {
            id: $row.$get(0)?,
            sku: $row.$get(1)?,
            name: $row.$get(2)?,
            cents: $row.$get(3)?,
            weight: $row.$get(4)?,
            active: $row.$get(5)?,
            tags: $row.$get(6)?,
            version: $row.$get(7)?,
        }
    };
}

const SELECT: &str = "select id, sku, name, cents, weight, active, tags, version from items
    where id > ?1 order by id limit 1000";

pub async fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("items.db");
    let file = file.to_str().ok_or("the path is not UTF-8")?;
    let by_hand = Connection::open(file)?;
    by_hand.execute_batch(&format!("pragma journal_mode = wal; {TABLE}; {ROWS}"))?;
    let db = service(App::new(), file)?.context().db();
    let pool = SqlitePoolOptions::new().max_connections(4);
    let pool = pool
        .connect_with(SqliteConnectOptions::new().filename(file))
        .await?;

    let mut ratios = [Vec::new(), Vec::new()];
    let mut micros = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let whippet = time(repeat(async |after| read(&db, after).await)).await?;
        let rusqlite = time(repeat(async |after| read_by_hand(&by_hand, after))).await?;
        let sqlx = time(repeat(async |after| read_with_sqlx(&pool, after).await)).await?;
        let each =
            [whippet, rusqlite, sqlx].map(|time| time.as_secs_f64() * 1e6 / f64::from(READS));
        for (samples, sample) in micros.iter_mut().zip(each) {
            samples.push(sample);
        }
        ratios[0].push(each[1] / each[0]);
        ratios[1].push(each[2] / each[0]);
    }
    let [whippet, rusqlite, sqlx] = micros.map(median);
    let [of_rusqlite, of_sqlx] = ratios.map(median);
    println!("1,000 rows of 8 columns into structs, median of {ROUNDS} rounds:");
    println!("  Whippet {whippet:.0} µs, rusqlite by hand {rusqlite:.0} µs, sqlx {sqlx:.0} µs");
    let verdict = if of_rusqlite >= 0.9 { "met" } else { "MISSED" };
    println!(
        "  Whippet's speed is {of_rusqlite:.2} × that of rusqlite by hand ({verdict}: ≥ 0.90), {of_sqlx:.2} × that of sqlx"
    );
    Ok(())
}

async fn repeat(read: impl AsyncFn(i64) -> Result<Vec<Item>>) -> Result<()> {
    for n in 0..i64::from(READS) {
        let items = read(n * 1000).await?;
        assert_eq!(items.len(), 1000);
        black_box(items);
    }
    Ok(())
}

async fn read(db: &Db, after: i64) -> Result<Vec<Item>> {
    let items = query_as!(
        Item,
        "select id, sku, name, cents, weight, active, tags, version from items
         where id > :after order by id limit 1000"
    );
    Ok(items.fetch_all(db).await?)
}

fn read_by_hand(connection: &Connection, after: i64) -> Result<Vec<Item>> {
    let mut select = connection.prepare_cached(SELECT)?;
    let items = select.query_map([after], |row| Ok(item!(row.get)))?;
    Ok(items.collect::<rusqlite::Result<_>>()?)
}

async fn read_with_sqlx(pool: &SqlitePool, after: i64) -> Result<Vec<Item>> {
    use sqlx::Row;

    let rows = sqlx::query(SELECT).bind(after).fetch_all(pool).await?;
    let items = rows.iter().map(|row| Ok(item!(row.try_get)));
    items.collect()
}
