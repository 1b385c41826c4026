//! Rows are read with `serde`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use whippet::testing::TestApp;
use whippet::{App, DbError, Timestamp, query};

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
