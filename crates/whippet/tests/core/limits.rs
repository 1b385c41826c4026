//! The limits of D1, which hold on every host.

use whippet::testing::{TestApp, block_on};
use whippet::{App, AssertSqlSafe, Db, DbError, MAX_INTEGER, MAX_PARAMETERS, MAX_SQL_BYTES, query};

fn with_db<F: Future<Output = ()>>(test: impl FnOnce(Db) -> F) {
    block_on(async {
        let app = TestApp::new(|_| Ok(App::new())).await;
        test(app.context().db()).await;
    });
}

#[test]
fn a_query_binds_at_most_100_parameters() {
    with_db(|db| async move {
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
        let refused = parameters(MAX_PARAMETERS + 1).fetch_one::<i64>(&db).await;
        let message = refused.unwrap_err().to_string();
        assert!(
            message.starts_with("the query binds 101 parameters"),
            "{message}"
        );
    });
}

#[test]
fn a_query_is_at_most_100_kb_of_sql() {
    with_db(|db| async move {
        let padded = |bytes: usize| {
            let padding = " ".repeat(bytes - "select 1".len());
            query(AssertSqlSafe(format!("select 1{padding}")))
        };
        assert_eq!(padded(MAX_SQL_BYTES).fetch_one::<i64>(&db).await, Ok(1));
        let refused = padded(MAX_SQL_BYTES + 1).fetch_one::<i64>(&db).await;
        assert!(matches!(refused, Err(DbError::Limit(_))));
    });
}

#[test]
fn an_integer_that_a_double_cannot_hold_is_refused() {
    with_db(|db| async move {
        for integer in [MAX_INTEGER, -MAX_INTEGER] {
            let kept = query("select ?1").bind(integer).fetch_one::<i64>(&db);
            assert_eq!(kept.await, Ok(integer));
            let beyond = query("select ?2").bind(0).bind(integer + integer.signum());
            let message = beyond.execute(&db).await.unwrap_err().to_string();
            assert!(message.starts_with("parameter ?2 is "), "{message}");
        }
    });
}
