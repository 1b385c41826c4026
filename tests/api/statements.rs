//! What accepting a message costs the database.

use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use whippet::axum::body::Body;
use whippet::axum::http::{Request, StatusCode};
use whippet::host::{Database, Host};
use whippet::native::{Client, Runner, Sqlite, SystemClock, SystemEntropy};
use whippet::testing::block_on;
use whippet::{Config, DbError, Rows, Statement, query};

use crate::support::KEY;

/// Counts the statements that reach the database.
struct Counting {
    database: Sqlite,
    statements: Arc<AtomicUsize>,
}

type Answer<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

impl Database for Counting {
    fn fetch(&self, statement: Statement) -> Answer<'_, Rows> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.database.fetch(statement)
    }

    fn execute(&self, statement: Statement) -> Answer<'_, u64> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.database.execute(statement)
    }

    fn batch(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Rows>> {
        self.statements
            .fetch_add(statements.len(), Ordering::Relaxed);
        self.database.batch(statements)
    }
}

/// How many statements it takes to accept a message for this many endpoints.
async fn statements(endpoints: u32) -> usize {
    let config = Config::from_iter([("RELAY_API_KEY", KEY)]);
    let statements = Arc::<AtomicUsize>::default();
    let database = Counting {
        database: Sqlite::open(":memory:").unwrap(),
        statements: Arc::clone(&statements),
    };
    let host = Host {
        name: "test",
        config: config.clone(),
        database: Arc::new(database),
        http: Arc::new(Client::new().unwrap()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        queue: Arc::new(Runner::default()),
    };
    let service = relay::app(&config).unwrap().into_service(host).unwrap();
    service.migrate().await.unwrap();
    let db = service.context().db();
    let app = "insert into applications values ('app_1', 'acme', '', null, '{}', 0, 0)";
    query(app).execute(&db).await.unwrap();
    query(
        "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1) \
         insert into endpoints select 'ep_' || n, 'app_1', null, '', '', null, null, '{}', '{}', '', null, 0, 0, 0 from n",
    )
    .bind(endpoints)
    .execute(&db)
    .await
    .unwrap();
    let before = statements.load(Ordering::Relaxed);
    let body: Value = json!({"eventType": "a", "payload": {}});
    let request = Request::post("/api/v1/app/acme/msg")
        .header("authorization", format!("Bearer {KEY}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    assert_eq!(service.handle(request).await.status(), StatusCode::ACCEPTED);
    let used = statements.load(Ordering::Relaxed) - before;
    let tasks = query("select count(*) from tasks");
    assert_eq!(tasks.fetch_one::<u32>(&db).await.unwrap(), endpoints);
    used
}

#[test]
fn a_message_takes_the_same_few_statements_whatever_the_number_of_endpoints() {
    block_on(async {
        let one = statements(1).await;
        assert!(one <= 4, "{one}");
        assert_eq!(statements(300).await, one);
    });
}
