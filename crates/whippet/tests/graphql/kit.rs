//! The schema of the tests.

use std::collections::HashMap;
use std::time::Duration;

use async_graphql::futures_util::stream::{self, Stream};
use async_graphql::{
    ComplexObject, Context, Error, InputObject, Object, Result, Schema, SimpleObject, Subscription,
};
use serde::Deserialize;
use serde_json::{Value, json};
use whippet::extract::{AfterResponse, Bearer, RequiredScopes};
use whippet::graphql::{
    self, Endpoint, INTROSPECTION, Limits, Loader, Requires, ResolverContext, group_by,
};
use whippet::openapi::Info;
use whippet::testing::{TestApp, TestRequest};
use whippet::{App, Clock, FieldError, Problem, dependency, query};

/// The caller. The caller is read from the database, so that tests can count how often the caller is resolved.
#[derive(Clone)]
pub(crate) struct User(pub(crate) String);

#[dependency]
async fn user(given: Bearer, required: RequiredScopes, db: whippet::Db) -> Result<User, Problem> {
    let sql = "select name from authors where 'token-' || id = ?1";
    let token = given.token().expose().to_owned();
    let name: Option<String> = query(sql).bind(token).fetch_optional(&db).await?;
    let name = name.ok_or_else(|| Bearer::invalid("the token is not valid"))?;
    required.check(|scope| scope == "books:read")?;
    Ok(User(name))
}

#[derive(Clone, Deserialize, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Author {
    id: i64,
    name: String,
}

#[derive(Clone, Deserialize, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Book {
    id: i64,
    author_id: i64,
    title: String,
}

/// The books of an author.
struct BooksOf;

impl Loader for BooksOf {
    type Key = i64;
    type Value = Vec<Book>;

    async fn load(
        context: &whippet::Context,
        ids: &[i64],
    ) -> Result<HashMap<i64, Vec<Book>>, Problem> {
        let sql = "select id, author_id, title from books where author_id in (select value from json_each(?1)) order by id";
        let books = query(sql).bind_json(ids).fetch_all(&context.db()).await?;
        Ok(group_by(books, |book: &Book| book.author_id))
    }
}

/// Loads authors by id, at most 40 with one query.
struct AuthorById;

impl Loader for AuthorById {
    type Key = i64;
    type Value = Author;

    const MAX_KEYS: usize = 40;

    async fn load(
        context: &whippet::Context,
        ids: &[i64],
    ) -> Result<HashMap<i64, Author>, Problem> {
        if ids.contains(&666) {
            return Err(Problem::internal("author 666 is locked"));
        }
        let sql = "select id, name from authors where id in (select value from json_each(?1))";
        let authors = query(sql).bind_json(ids).fetch_all(&context.db()).await?;
        Ok(authors
            .into_iter()
            .map(|author: Author| (author.id, author))
            .collect())
    }
}

#[ComplexObject]
impl Author {
    async fn books(&self, ctx: &Context<'_>) -> Result<Vec<Book>> {
        Ok(ctx.load::<BooksOf>(self.id).await?.unwrap_or_default())
    }
}

#[ComplexObject]
impl Book {
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Author>> {
        ctx.load::<AuthorById>(self.author_id).await
    }

    #[graphql(guard = "Requires::<User>::with_scopes(&[\"books:read\"])")]
    async fn sales(&self) -> Option<i32> {
        Some(7)
    }

    #[graphql(guard = "Requires::<User>::with_scopes(&[\"books:write\"])")]
    async fn draft(&self) -> Option<&str> {
        Some("a draft")
    }
}

#[derive(InputObject)]
struct NewAuthor {
    name: String,
}

#[derive(Default)]
pub(crate) struct Query;

#[Object]
impl Query {
    /// Greets somebody.
    async fn hello(&self, #[graphql(default = "world")] name: String) -> String {
        format!("hello {name}")
    }

    async fn me(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.dependency::<User>().await?.0)
    }

    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 1000)] first: i64,
    ) -> Result<Vec<Author>> {
        let authors = query("select id, name from authors order by id limit ?1").bind(first);
        Ok(authors.fetch_all(&ctx.db()?).await?)
    }

    async fn author(&self, ctx: &Context<'_>, id: i64) -> Result<Option<Author>> {
        ctx.load::<AuthorById>(id).await
    }

    #[graphql(complexity = "first * child_complexity")]
    async fn books(&self, ctx: &Context<'_>, first: usize) -> Result<Vec<Book>> {
        let books = query("select id, author_id, title from books order by id limit ?1");
        Ok(books.bind(first as i64).fetch_all(&ctx.db()?).await?)
    }

    /// Renames the authors after the response.
    async fn cleanup(&self, ctx: &Context<'_>) -> Result<bool> {
        let db = ctx.db()?;
        ctx.dependency::<AfterResponse>().await?.run(async move {
            query("update authors set name = 'cleaned'")
                .execute(&db)
                .await?;
            Ok(())
        });
        Ok(true)
    }

    /// Fails with a problem.
    async fn conflict(&self) -> Result<Option<i32>> {
        let field = FieldError::new("/name", "length", "must have at most 64 characters");
        Err(Problem::invalid(vec![field]).into())
    }

    /// Fails with an error of the database.
    async fn broken(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(query("select secret from nowhere")
            .fetch_one(&ctx.db()?)
            .await?)
    }

    /// Fails with an error of another crate.
    async fn unexpected(&self) -> Result<Option<i32>> {
        Ok(Some("seven of hearts".parse()?))
    }

    /// Fails with a message for the client.
    async fn plain(&self) -> Result<Option<i32>> {
        Err(Error::new("there is no such number"))
    }

    async fn required(&self) -> Result<i32> {
        Err(Problem::not_found("there is no number").into())
    }

    /// A list whose items fail.
    async fn failures(&self, count: usize) -> Vec<Failure> {
        (0..count).map(Failure).collect()
    }
}

pub(crate) struct Failure(usize);

#[Object]
impl Failure {
    async fn value(&self) -> Result<Option<usize>> {
        Err(Problem::internal(format!("value {} is broken", self.0 % 3)).into())
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    async fn create_author(&self, ctx: &Context<'_>, input: NewAuthor) -> Result<i64> {
        let sql = "insert into authors (name) values (?1) returning id";
        Ok(query(sql).bind(input.name).fetch_one(&ctx.db()?).await?)
    }

    async fn rename_author(&self, ctx: &Context<'_>, id: i64, name: String) -> Result<Author> {
        let rename = query("update authors set name = ?2 where id = ?1 returning id, name");
        Ok(rename.bind(id).bind(name).fetch_one(&ctx.db()?).await?)
    }
}

pub(crate) struct Updates;

#[Subscription]
impl Updates {
    /// Counts to a number, one number a second. Each event reads the database.
    async fn count(
        &self,
        ctx: &Context<'_>,
        to: i64,
    ) -> Result<impl Stream<Item = Author> + use<>> {
        let clock = Clock::clone(&ctx.request_context()?.clock());
        Ok(stream::unfold((clock, 1), move |(clock, id)| async move {
            clock.sleep(Duration::from_secs(1)).await;
            let name = format!("author {id}");
            (id <= to).then(|| (Author { id, name }, (clock, id + 1)))
        }))
    }

    /// Sends each book whose id is larger than `after`, including the books that are added later.
    async fn books_added(
        &self,
        ctx: &Context<'_>,
        after: i64,
    ) -> Result<impl Stream<Item = Result<Book>> + use<>> {
        let context = ctx.request_context()?;
        Ok(graphql::poll(context, after, async |context, after| {
            let sql = "select id, author_id, title from books where id > ?1 order by id limit 2";
            let books: Vec<Book> = query(sql).bind(after).fetch_all(&context.db()).await?;
            Ok(books.into_iter().map(|book| (book.id, book)).collect())
        }))
    }

    async fn rejected(&self) -> Result<impl Stream<Item = i32> + use<>> {
        let problem = Problem::not_found("there is nothing to see");
        Err::<stream::Empty<i32>, _>(problem.into())
    }
}

pub(crate) fn app(limits: Limits) -> App {
    let endpoint = Endpoint::new(|| Schema::build(Query, Mutation, Updates));
    App::new()
        .openapi(Info::new("Books", "1.0.0"))
        .routes(endpoint.limits(limits).routes("/graphql"))
}

/// Starts the app with introspection. The app has `authors` authors, or one if `authors` is 0, and each author has one
/// book.
pub(crate) async fn start(limits: Limits, authors: usize) -> TestApp {
    let builder = TestApp::builder().variable(INTROSPECTION, "true");
    with_rows(builder.start(|_| Ok(app(limits))).await, authors).await
}

pub(crate) async fn with_rows(app: TestApp, authors: usize) -> TestApp {
    app.sql(
        "create table authors (id integer primary key, name text not null);
         create table books (id integer primary key, author_id integer not null, title text not null)",
    )
    .await;
    let numbers = "with recursive n (id) as (select 1 union all select id + 1 from n where id < ";
    for rows in [
        format!("insert into authors {numbers}{authors}) select id, 'author ' || id from n"),
        format!("insert into books {numbers}{authors}) select id, id, 'book ' || id from n"),
    ] {
        app.sql(&rows).await;
    }
    app
}

pub(crate) fn ask<'a>(app: &'a TestApp, query: &str) -> TestRequest<'a> {
    app.post("/graphql")
        .header("accept", "application/graphql-response+json")
        .json(&json!({"query": query}))
}

pub(crate) async fn data(app: &TestApp, query: &str) -> Value {
    let response = ask(app, query).await.assert_status(200).json();
    assert_eq!(response["errors"], Value::Null, "{query}");
    response["data"].clone()
}
