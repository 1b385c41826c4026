//! The limits of D1, which Whippet enforces on every host.

use whippet::testing::{Fixture, TestApp};
use whippet::{App, AssertSqlSafe, DbError, MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES, query};

struct Empty(TestApp);

impl Fixture for Empty {
    async fn set_up() -> Self {
        Self(TestApp::new(|_| Ok(App::new())).await)
    }
}

#[whippet::test]
async fn a_query_binds_at_most_100_parameters(Empty(app): Empty) {
    let db = app.context().db();
    let parameters = |count: usize| {
        let list: Vec<_> = (1..=count).map(|number| format!("?{number}")).collect();
        let sql = AssertSqlSafe(format!(
            "select count(*) from (values ({}))",
            list.join("),(")
        ));
        (0..count).fold(query(sql), |query, _| query.bind(1))
    };
    let most = parameters(MAX_PARAMETERS).fetch_one::<i64>(&db).await;
    assert_eq!(most, Ok(100));
    let rejected = parameters(MAX_PARAMETERS + 1).fetch_one::<i64>(&db).await;
    let message = rejected.unwrap_err().to_string();
    assert!(
        message.starts_with("the query binds 101 parameters"),
        "{message}"
    );
}

#[whippet::test]
async fn a_query_is_at_most_100_kb_of_sql(Empty(app): Empty) {
    let db = app.context().db();
    let padded = |bytes: usize| {
        let padding = " ".repeat(bytes - "select 1".len());
        query(AssertSqlSafe(format!("select 1{padding}")))
    };
    assert_eq!(padded(MAX_SQL_BYTES).fetch_one::<i64>(&db).await, Ok(1));
    let rejected = padded(MAX_SQL_BYTES + 1).fetch_one::<i64>(&db).await;
    assert!(matches!(rejected, Err(DbError::Limit(_))));
}

#[whippet::test]
async fn an_integer_beyond_the_exact_range_of_a_double_is_rejected(Empty(app): Empty) {
    let db = app.context().db();
    for integer in [MAX_INTEGER, -MAX_INTEGER] {
        let returned = query("select ?1").bind(integer).fetch_one::<i64>(&db);
        assert_eq!(returned.await, Ok(integer));
        let beyond = query("select ?2").bind(0).bind(integer + integer.signum());
        let message = beyond.execute(&db).await.unwrap_err().to_string();
        assert!(message.starts_with("parameter ?2 is "), "{message}");
    }
}

#[whippet::test]
async fn a_number_that_d1_would_store_as_null_is_rejected(Empty(app): Empty) {
    let db = app.context().db();
    for real in [0.0, -0.5, f64::MAX, f64::MIN_POSITIVE] {
        let returned = query("select ?1").bind(real).fetch_one::<f64>(&db);
        assert_eq!(returned.await, Ok(real));
    }
    for real in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let message = query("select ?1").bind(real).execute(&db).await;
        let message = message.unwrap_err().to_string();
        assert!(
            message.ends_with("which D1 would store as null"),
            "{message}"
        );
    }
}
