//! Rows are read with `serde`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use whippet::testing::TestApp;
use whippet::{App, DbError, Json, Timestamp, query};

async fn read<T: DeserializeOwned>(sql: &'static str) -> Result<T, DbError> {
    let app = TestApp::new(|_| Ok(App::new())).await;
    query(sql).fetch_one(&app.context().db()).await
}

async fn error<T: DeserializeOwned>(sql: &'static str) -> String {
    match read::<T>(sql).await {
        Ok(_) => panic!("{sql} was read"),
        Err(DbError::Decode(message)) => message,
        Err(other) => panic!("{sql}: {other:?}"),
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Blue,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Id(i64);

#[derive(Debug, PartialEq, Deserialize)]
struct Book {
    id: Id,
    title: String,
    price: f64,
    sold: bool,
    color: Color,
    note: Option<String>,
    tags: Vec<String>,
    prices: BTreeMap<String, u32>,
    size: Option<Size>,
    cover: Vec<u8>,
    at: Timestamp,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Size {
    pages: u16,
}

#[whippet::test]
async fn a_struct_is_read_by_column_name() {
    let sql = r#"select 'Émile' as title, 7 as id, 1.5 as price, 1 as sold, 'blue' as color, null as note, 1 as more,
        '["a","b"]' as tags, '{"eur":3}' as prices, '{"pages":9}' as size, x'00ff' as cover, 1500 as at"#;
    let expected = Book {
        id: Id(7),
        title: "Émile".to_owned(),
        price: 1.5,
        sold: true,
        color: Color::Blue,
        note: None,
        tags: vec!["a".to_owned(), "b".to_owned()],
        prices: BTreeMap::from([("eur".to_owned(), 3)]),
        size: Some(Size { pages: 9 }),
        cover: vec![0, 255],
        at: Timestamp::from_millis(1500),
    };
    assert_eq!(read::<Book>(sql).await, Ok(expected));
}

#[whippet::test]
async fn a_tuple_is_read_by_position() {
    assert_eq!(
        read::<(i64, String)>("select 1 as b, 'x' as a").await,
        Ok((1, "x".to_owned()))
    );
    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair(i64, String);
    assert_eq!(
        read::<Pair>("select 1 as b, 'x' as a").await,
        Ok(Pair(1, "x".to_owned()))
    );
}

#[whippet::test]
async fn a_row_with_one_column_is_read_as_a_value() {
    assert_eq!(read::<i64>("select -1").await, Ok(-1));
    assert_eq!(read::<f64>("select 1").await, Ok(1.0));
    assert_eq!(
        read::<String>("select 'a' || char(0) || 'b'").await,
        Ok("a\0b".to_owned())
    );
    assert_eq!(read::<Option<i64>>("select null").await, Ok(None));
    assert_eq!(read::<Option<i64>>("select 1").await, Ok(Some(1)));
    assert_eq!(read::<bool>("select 1 > 2").await, Ok(false));
    assert_eq!(read::<Color>("select 'red'").await, Ok(Color::Red));
    assert_eq!(read::<Id>("select 1").await, Ok(Id(1)));
    assert_eq!(read::<Vec<u8>>("select x'0102'").await, Ok(vec![1, 2]));
    assert_eq!(read::<Vec<u8>>("select x''").await, Ok(vec![]));
    assert_eq!(read::<[u8; 2]>("select x'0102'").await, Ok([1, 2]));
    assert_eq!(
        read::<Vec<String>>(r#"select '["a","b"]' as tags"#).await,
        Ok(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(
        read::<Option<Vec<i64>>>("select '[1]'").await,
        Ok(Some(vec![1]))
    );
    assert_eq!(
        read::<BTreeMap<String, u32>>(r#"select '{"eur":3}' as prices"#).await,
        Ok(BTreeMap::from([("eur".to_owned(), 3)]))
    );
    assert_eq!(read::<(Vec<u8>,)>("select x'01'").await, Ok((vec![1],)));
    assert_eq!(read::<(Vec<u8>,)>("select '[1]'").await, Ok((vec![1],)));
    assert_eq!(read::<(Option<Vec<u8>>,)>("select null").await, Ok((None,)));
}

#[whippet::test]
async fn an_error_names_the_column_and_the_cause() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "reading a row always fails")]
    struct Row {
        count: u8,
    }
    for (sql, expected) in [
        (
            "select 'x' as count",
            r#"column count: invalid type: string "x", expected u8"#,
        ),
        (
            "select 300 as count",
            "column count: invalid value: integer `300`, expected u8",
        ),
        (
            "select -1 as count",
            "column count: invalid value: integer `-1`, expected u8",
        ),
        (
            "select 1.5 as count",
            "column count: invalid type: floating point `1.5`, expected u8",
        ),
        (
            "select null as count",
            "column count: invalid type: unit value, expected u8",
        ),
        ("select 1 as total", "missing field `count`"),
    ] {
        assert_eq!(error::<Row>(sql).await, expected, "{sql}");
    }
    for (message, expected) in [
        (
            error::<(bool,)>("select 2 as b").await,
            "column b: expected 0 or 1, found Integer(2)",
        ),
        (
            error::<(bool,)>("select 'true' as b").await,
            "column b: expected 0 or 1, found Text(\"true\")",
        ),
        (
            error::<(Color,)>("select 'green' as c").await,
            "column c: unknown variant `green`, expected `red` or `blue`",
        ),
        (
            error::<(Color,)>("select 1 as c").await,
            "column c: expected JSON text, found Integer(1)",
        ),
        (
            error::<(Vec<i64>,)>("select 1 as v").await,
            "column v: expected JSON text, found Integer(1)",
        ),
        (
            error::<(Timestamp,)>("select 'soon' as t").await,
            "column t: invalid value: string \"soon\", expected an RFC 3339 date and time such as 2026-01-31T12:00:00Z",
        ),
        (
            error::<(i64, i64)>("select 1").await,
            "invalid length 1, expected a tuple of size 2",
        ),
        (
            error::<i64>("select 1 as a, 2 as b").await,
            "the type is read from a single column, but the query returns 2 columns",
        ),
        (
            error::<Vec<i64>>("select 1 as a, 2 as b").await,
            "the type is read from a single column, but the query returns 2 columns",
        ),
        (
            error::<BTreeMap<String, i64>>("select 1 as a, 2 as b").await,
            "the type is read from a single column, but the query returns 2 columns",
        ),
        (
            error::<i64>("select 9007199254740992 as n").await,
            "column n: D1 rounds the integer 9007199254740992, which is beyond ±9007199254740991: select it as text, with `cast(… as text)`",
        ),
    ] {
        assert_eq!(message, expected);
    }
}

#[whippet::test]
async fn json_text_in_a_column_must_be_one_complete_json_value() {
    for sql in ["select '[1] 2' as v", "select '[1' as v", "select '' as v"] {
        let message = error::<(Vec<i64>,)>(sql).await;
        assert!(message.starts_with("column v: "), "{message}");
    }
    let message = error::<(BTreeMap<String, i64>,)>(r#"select '{"a":1}}' as v"#).await;
    assert!(message.starts_with("column v: "), "{message}");
}

#[derive(Debug, PartialEq, Deserialize)]
struct Times {
    created: Timestamp,
    updated: Option<Timestamp>,
}

#[whippet::test]
async fn a_timestamp_is_read_from_an_integer_anywhere_in_a_row() {
    let (first, second) = (Timestamp::from_millis(0), Timestamp::from_millis(1500));
    let times = || Times {
        created: first,
        updated: Some(second),
    };
    let sql = "select 0 as created, 1500 as updated";
    assert_eq!(read::<Times>(sql).await, Ok(times()));
    let sql = "select '1970-01-01T00:00:00Z' as created, 1500 as updated";
    assert_eq!(read::<Times>(sql).await, Ok(times()));
    let sql = r#"select '[{"created":0,"updated":1500}]' as versions"#;
    assert_eq!(read::<(Vec<Times>,)>(sql).await, Ok((vec![times()],)));
    #[derive(Debug, PartialEq, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        times: Times,
    }
    let sql = "select 0 as created, 1500 as updated";
    assert_eq!(read::<Flat>(sql).await, Ok(Flat { times: times() }));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Shelf {
    id: i64,
    #[serde(flatten)]
    book: Flattened,
    #[serde(flatten)]
    times: Times,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flattened {
    title: String,
    note: String,
    sold: bool,
    stock: i64,
    lent: Option<bool>,
    tags: Vec<String>,
    size: Option<Size>,
    prices: BTreeMap<String, u32>,
    cover: Vec<u8>,
    color: Color,
    price: f64,
}

#[whippet::test]
async fn the_columns_of_a_flattened_struct_are_read_like_other_columns() {
    let app = TestApp::new(|_| Ok(App::new())).await;
    let sql = r#"select 1 as id, '[title]' as title, '{}' as note, 1 as sold, 1 as stock, null as lent,
            '["a"]' as tags, null as size, '{"eur":3}' as prices, x'00ff' as cover, 'red' as color, 1 as price,
            0 as created, null as updated
        union all select 0, '', '[]', 0, 0, 0, '[]', '{"pages":9}', '{}', x'', 'blue', 1.5, 1, 1"#;
    let shelves = query(sql).fetch_all::<Shelf>(&app.context().db()).await;
    let at = Timestamp::from_millis;
    let expected = [
        Shelf {
            id: 1,
            book: Flattened {
                title: "[title]".to_owned(),
                note: "{}".to_owned(),
                sold: true,
                stock: 1,
                lent: None,
                tags: vec!["a".to_owned()],
                size: None,
                prices: BTreeMap::from([("eur".to_owned(), 3)]),
                cover: vec![0, 255],
                color: Color::Red,
                price: 1.0,
            },
            times: Times {
                created: at(0),
                updated: None,
            },
        },
        Shelf {
            id: 0,
            book: Flattened {
                title: String::new(),
                note: "[]".to_owned(),
                sold: false,
                stock: 0,
                lent: Some(false),
                tags: vec![],
                size: Some(Size { pages: 9 }),
                prices: BTreeMap::new(),
                cover: vec![],
                color: Color::Blue,
                price: 1.5,
            },
            times: Times {
                created: at(1),
                updated: Some(at(1)),
            },
        },
    ];
    assert_eq!(shelves, Ok(expected.into()));
}

#[whippet::test]
async fn an_error_in_a_flattened_struct_is_the_error_of_the_stored_value() {
    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(flatten)]
        _inner: Inner,
    }
    #[derive(Debug, Deserialize)]
    struct Inner {
        #[serde(rename = "sold")]
        _sold: bool,
        #[serde(rename = "count")]
        _count: u8,
    }
    for (sql, expected) in [
        (
            "select 1 as sold, 'x' as count",
            r#"invalid type: string "x", expected u8"#,
        ),
        (
            "select 2 as sold, 1 as count",
            "invalid type: integer `2`, expected a boolean",
        ),
        ("select 1 as sold", "missing field `count`"),
    ] {
        assert_eq!(error::<Outer>(sql).await, expected, "{sql}");
    }
}

#[whippet::test]
async fn json_of_any_type_is_written_and_read() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Circle { radius: f64 },
        Point,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        shapes: Vec<Shape>,
        nested: Option<BTreeMap<String, (bool, String)>>,
    }
    let app = TestApp::new(|_| Ok(App::new())).await;
    let db = app.context().db();
    let shape = query("select ?1 as shape").bind_json(&Shape::Circle { radius: 1.5 });
    let Json(shape) = shape.fetch_one::<Json<Shape>>(&db).await.unwrap();
    assert_eq!(shape, Shape::Circle { radius: 1.5 });

    let text = query("select ?1 as a, ?2 as b")
        .bind_json("a\"b")
        .bind_json(&Some(true));
    let (Json(text), Json(flag)): (Json<String>, Json<Option<bool>>) =
        text.fetch_one(&db).await.unwrap();
    assert_eq!((text.as_str(), flag), ("a\"b", Some(true)));

    let everything = || Everything {
        shapes: vec![Shape::Point, Shape::Circle { radius: 0.1 }],
        nested: Some(BTreeMap::from([("é".to_owned(), (true, "\0".to_owned()))])),
    };
    let row = query("select ?1 as v, null as w").bind_json(&everything());
    let (read, none): (Everything, Option<Json<Everything>>) = row.fetch_one(&db).await.unwrap();
    assert_eq!((read, none.is_none()), (everything(), true));

    let invalid = query("select ?1").bind_json(&BTreeMap::from([(vec![1], 1)]));
    let error = invalid.execute(&db).await.unwrap_err().to_string();
    assert!(
        error.contains("parameter ?1 cannot be serialized as JSON"),
        "{error}"
    );
}

#[whippet::test]
async fn a_column_that_d1_would_move_is_rejected() {
    for sql in ["select 2 as b, 1", "select 1 as \"0\", 2 as a"] {
        let rejected = read::<(i64, i64)>(sql).await;
        let error = rejected.unwrap_err().to_string();
        assert!(error.starts_with("a column is named "), "{error}");
    }
    assert_eq!(read::<i64>("select 1").await, Ok(1));
}
