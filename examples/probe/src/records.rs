//! An operation that runs every statement that `#[derive(Record)]` generates, so that tests can compare hosts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use whippet::response::{Order, PageLimit, PageParams};
use whippet::{
    App, AssertSqlSafe, Change, Db, Json, Patch, Problem, Query, Record, RecordPatch, post, query,
    routes,
};

pub(crate) fn routes(app: App) -> App {
    app.routes(routes![use_records])
}

#[derive(Debug, Record)]
#[record(table = "shelves", migrations = "records")]
struct Shelf {
    #[record(default)]
    id: i64,
    name: String,
}

#[derive(Debug, Clone, Serialize, Record)]
#[record(table = "books", migrations = "records", page(isbn, shelf_id))]
struct Book {
    #[serde(skip)]
    #[record(parent = Shelf)]
    shelf_id: i64,
    isbn: String,
    title: String,
    #[record(json)]
    tags: Option<BTreeMap<String, u8>>,
    price: Option<f64>,
    cover: Option<Vec<u8>>,
    #[record(generated)]
    length: u32,
    #[record(version)]
    version: i64,
}

#[derive(Debug, RecordPatch)]
#[record(table = "books", migrations = "records")]
struct BookPatch {
    title: Change<String>,
    #[record(json)]
    tags: Patch<BTreeMap<String, u8>>,
    price: Patch<f64>,
}

/// The name of a shelf that no other request uses.
#[derive(Deserialize, JsonSchema)]
struct Shelves {
    name: String,
}

/// Writes and reads shelves and books, and returns what each statement returned.
#[post("/records")]
async fn use_records(db: Db, Json(input): Json<Shelves>) -> Result<Json<Value>, Problem> {
    let tables = include_str!("../records/0001_records.sql").split(";\n");
    let tables = tables.filter(|sql| !sql.trim().is_empty());
    db.batch(tables.map(|sql| query(AssertSqlSafe(sql.to_owned()))))
        .await?;

    let shelf = |name: String| Shelf { id: 0, name };
    let first = shelf(input.name.clone()).insert().fetch_one(&db).await?;
    let second = shelf(format!("{}, second", input.name))
        .insert()
        .fetch_one(&db)
        .await?;
    let twice = shelf(input.name).insert().execute(&db).await;
    let book = |shelf: &Shelf, isbn: &str| Book {
        shelf_id: shelf.id,
        isbn: isbn.to_owned(),
        title: format!("Book {isbn}"),
        tags: Some(BTreeMap::from([("a\"b".to_owned(), 1)])),
        price: Some(0.1),
        cover: Some(vec![0, 255]),
        length: 0,
        version: 1,
    };
    let books = ["1", "2", "3"].map(|isbn| book(&first, isbn));
    let mut inserts: Vec<Query> = books.iter().map(|book| book.insert().into()).collect();
    inserts.push(book(&second, "1").insert().into());
    db.batch(inserts).await?;

    let read = Book::by_id((first.id, "2")).fetch_one(&db).await?;
    let updated = Book {
        title: "Tea".to_owned(),
        cover: None,
        ..read.clone()
    };
    let updated = updated.update().fetch(&db).await?;
    let stale = read.update().apply(&db).await;
    let patch = BookPatch {
        title: Change::Absent,
        tags: Patch::Null,
        price: Patch::Set(5e-324),
    };
    let patched = Book::patch((first.id, "2"), &patch)
        .if_version(2)
        .fetch(&db)
        .await?;
    let upserted = book(&first, "2").upsert().fetch_one(&db).await?;
    let missing = Book::delete((first.id, "9")).apply(&db).await;
    let deleted = Book::delete((second.id, "1")).execute(&db).await?;
    let each = Book::of_each(&[
        second,
        Shelf {
            ..shelf(String::new())
        },
        Shelf {
            id: first.id,
            name: String::new(),
        },
    ]);
    let each: Vec<usize> = each.fetch(&db).await?.iter().map(Vec::len).collect();

    let mut pages = Vec::new();
    let mut cursor = None;
    for _ in 0..3 {
        let params = PageParams {
            limit: PageLimit::try_from(2).ok(),
            cursor: cursor.take(),
            order: None,
        };
        let page = Book::page(params, Order::Descending)?
            .of(&first)
            .fetch(&db)
            .await?;
        pages.push(
            page.items
                .iter()
                .map(|book| book.isbn.clone())
                .collect::<Vec<_>>(),
        );
        cursor = if pages.len() == 1 {
            page.next
        } else {
            page.previous
        };
    }
    Ok(Json(json!({
        "twice": twice.is_err_and(|error| error.is_unique("shelves.name")),
        "read": read,
        "updated": updated,
        "stale": stale.map_err(|error| error.to_string()).err(),
        "patched": patched.tags,
        "bits": patched.price.map(f64::to_bits),
        "upserted": upserted,
        "missing": missing.map_err(|error| error.to_string()).err(),
        "deleted": deleted,
        "each": each,
        "pages": pages,
    })))
}
