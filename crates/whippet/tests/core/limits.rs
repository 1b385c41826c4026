//! The limits of D1, which Whippet enforces on every host.

use whippet::testing::{Fixture, TestApp};
use whippet::{
    App, AssertSqlSafe, DbError, MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES, MAX_VALUE_BYTES,
    Value, query,
};

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
    let zero = query("select ?1").bind(-0.0).fetch_one::<f64>(&db);
    assert_eq!(zero.await.map(f64::to_bits), Ok(0.0_f64.to_bits()));
    for real in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let message = query("select ?1").bind(real).execute(&db).await;
        let message = message.unwrap_err().to_string();
        assert!(
            message.ends_with("which D1 would store as null"),
            "{message}"
        );
    }
}

#[whippet::test]
async fn the_limits_of_d1_on_sql_name_the_limit_and_the_remedy(Empty(app): Empty) {
    let db = app.context().db();
    let repeated = |count: usize, item: &str, separator: &str| vec![item; count].join(separator);
    let columns = |count: usize| {
        let columns = (0..count).map(|number| format!("0 as c{number}"));
        format!("select {}", columns.collect::<Vec<_>>().join(", "))
    };
    let compound = |terms: usize| repeated(terms, "select 1", " union all ");
    let deep = |levels: usize| format!("select 1 where {}", repeated(levels, "1", " + "));
    let like = |bytes: usize| format!("select 'x' like '{}' as found", "a".repeat(bytes));
    let arguments = |count: usize| format!("select max({})", repeated(count, "1", ", "));
    for (accepted, rejected, limit, remedy) in [
        (columns(100), columns(101), "at most 100 columns", "split"),
        (compound(5), compound(6), "at most 5 terms", "json_each"),
        (deep(90), deep(102), "at most 100 levels", "json_each"),
        (like(50), like(51), "at most 50 bytes", "instr"),
        (arguments(32), arguments(33), "at most 32 arguments", "nest"),
        (
            "select ?100 as x".to_owned(),
            "select ?101 as x".to_owned(),
            "at most 100 parameters",
            "json_each",
        ),
        (
            "select length(zeroblob(2000000)) as x".to_owned(),
            "select length(zeroblob(2000001)) as x".to_owned(),
            "at most 2,000,000 bytes",
            "in pieces",
        ),
    ] {
        let run = async |sql: &str| {
            let query = query(AssertSqlSafe(sql.to_owned()));
            let query = (0..100).fold(query, |query, _| {
                if sql.contains("?100") {
                    query.bind(1)
                } else {
                    query
                }
            });
            query.execute(&db).await
        };
        assert_eq!(run(&accepted).await, Ok(0), "{accepted}");
        let error = run(&rejected).await.unwrap_err();
        assert!(matches!(error, DbError::Limit(_)), "{rejected}: {error:?}");
        let message = error.to_string();
        assert!(
            message.contains(limit) && message.contains(remedy),
            "{message}"
        );
    }
    let table = |columns: usize| {
        let columns = (0..columns).map(|number| format!("c{number}"));
        let columns: Vec<_> = columns.collect();
        query(AssertSqlSafe(format!(
            "create table t{} ({})",
            columns.len(),
            columns.join(", ")
        )))
    };
    assert_eq!(table(100).execute(&db).await, Ok(0));
    let rejected = table(101).execute(&db).await;
    assert!(matches!(rejected, Err(DbError::Limit(_))), "{rejected:?}");
}

#[whippet::test]
async fn a_value_and_a_row_have_at_most_2_000_000_bytes(Empty(app): Empty) {
    let db = app.context().db();
    query("create table t (a text, b blob)")
        .execute(&db)
        .await
        .unwrap();
    let most = query("select length(?1)").bind("a".repeat(MAX_VALUE_BYTES));
    assert_eq!(most.fetch_one::<usize>(&db).await, Ok(MAX_VALUE_BYTES));
    let longer = "a".repeat(MAX_VALUE_BYTES + 1);
    for value in [Value::from(longer.as_str()), Value::from(longer.as_bytes())] {
        let rejected = query("select length(?1)").bind(value).execute(&db).await;
        let message = rejected.unwrap_err().to_string();
        assert!(
            message.starts_with("parameter ?1 has 2000001 bytes"),
            "{message}"
        );
    }
    let row = query("insert into t values (?1, ?2)").bind(&longer[..1_500_000]);
    let rejected = row.bind(&longer.as_bytes()[..1_500_000]).execute(&db).await;
    assert!(matches!(rejected, Err(DbError::Limit(_))), "{rejected:?}");
}
