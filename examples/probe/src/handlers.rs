//! Operations that test credentials, scopes, state, groups, forms with files, typed events, and work after the response.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Serialize;
use whippet::extract::{
    AfterResponse, ApiKeyCookie, ApiKeyHeader, ApiKeyName, ApiKeyQuery, Basic, Bearer, File,
    FileStream, Form, RequiredScopes,
};
use whippet::response::{Events, JsonLines, Sse};
use whippet::{App, Clock, Context, Json, Path, Problem, State, dependency, get, post, routes};

pub(crate) fn routes(app: App) -> App {
    let operations = routes![
        scopes_of_caller,
        admin,
        in_header,
        in_query,
        in_cookie,
        state,
        typed_upload,
        stream_upload,
        typed_events,
        lines,
        after
    ];
    let groups = routes![team_note]
        .prefix("/teams/{team}")
        .dependency::<Caller>();
    app.state(Limit(7))
        .state_with(async |context: Context| Ok(Seed(context.random().bytes())))
        .routes(operations.routes(groups).prefix("/handlers"))
}

/// The scopes in the caller's token.
#[derive(Clone)]
struct Caller(Vec<String>);

#[dependency]
async fn caller(given: Bearer, required: RequiredScopes) -> Result<Caller, Problem> {
    let scopes = given.token().expose().split(' ').map(str::to_owned);
    let scopes: Vec<String> = scopes.collect();
    required.check(|scope| scopes.iter().any(|granted| granted == scope))?;
    Ok(Caller(scopes))
}

#[get("/whoami", scopes("probe:read"))]
async fn scopes_of_caller(Caller(scopes): Caller) -> String {
    scopes.join(" ")
}

#[get("/admin")]
async fn admin(given: Basic) -> String {
    format!("{} {}", given.user(), given.password().expose())
}

struct Key;

impl ApiKeyName for Key {
    const NAME: &str = "x-probe-key";
}

#[get("/in-header")]
async fn in_header(given: ApiKeyHeader<Key>) -> String {
    given.key().expose().clone()
}

#[get("/in-query")]
async fn in_query(given: ApiKeyQuery<Key>) -> String {
    given.key().expose().clone()
}

#[get("/in-cookie")]
async fn in_cookie(given: ApiKeyCookie<Key>) -> String {
    given.key().expose().clone()
}

#[get("/notes/{note}")]
async fn team_note(Path((team, note)): Path<(String, u32)>) -> String {
    format!("{team} {note}")
}

struct Limit(u32);

/// Random bytes, which an instance creates once.
struct Seed([u8; 8]);

#[get("/state")]
async fn state(limit: State<Limit>, seed: State<Seed>) -> Json<(u32, u64)> {
    Json((limit.0, u64::from_le_bytes(seed.0) >> 11))
}

#[derive(Form)]
struct Upload {
    #[validate(length(min = 1))]
    title: String,
    #[form(accept("image/png"))]
    picture: File<100_000>,
}

/// Returns the title, the name of the file, the number of bytes in the file, and the sum of these bytes.
#[post("/upload")]
async fn typed_upload(upload: Upload) -> Json<(String, Option<String>, usize, u32)> {
    let bytes = upload.picture.bytes();
    let sum = bytes.iter().map(|byte| u32::from(*byte)).sum();
    let name = upload.picture.file_name().map(str::to_owned);
    Json((upload.title, name, bytes.len(), sum))
}

#[derive(Form)]
struct StreamUpload {
    title: String,
    file: FileStream<500_000>,
}

/// Returns the title and the length of the file.
#[post("/stream-upload")]
async fn stream_upload(mut upload: StreamUpload) -> Result<Json<(String, usize)>, Problem> {
    let mut length = 0;
    while let Some(chunk) = upload.file.chunk().await? {
        length += chunk.len();
    }
    Ok(Json((upload.title, length)))
}

#[derive(Serialize, JsonSchema)]
struct Note {
    text: &'static str,
}

#[derive(Events)]
enum NoteEvent {
    /// A note was created.
    NoteCreated(Note),
    /// All notes were sent.
    #[event(name = "end")]
    AllSent,
}

/// Sends two events, 100 ms apart.
#[get("/events")]
async fn typed_events(clock: Clock) -> Sse<NoteEvent> {
    let events = [
        NoteEvent::NoteCreated(Note { text: "tea" }),
        NoteEvent::AllSent,
    ];
    Sse::new(stream::iter((1..).zip(events)).then(move |event| {
        let clock = clock.clone();
        async move {
            clock.sleep(Duration::from_millis(100)).await;
            event
        }
    }))
}

#[get("/lines")]
async fn lines() -> JsonLines<Note> {
    JsonLines::new(stream::iter(["a", "b"]).map(|text| Note { text }))
}

/// Logs a line 100 ms after the response.
#[get("/after")]
async fn after(after: AfterResponse, clock: Clock) -> Result<(), Problem> {
    after.run(async move {
        clock.sleep(Duration::from_millis(100)).await;
        tracing::info!("worked after the response");
        Ok(())
    });
    Err(Problem::internal("the probe was asked to fail"))
}
