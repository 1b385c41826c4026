//! Responses: pages, versions, files, redirects, cookies, streams and problems.

use futures_util::stream;
use schemars::JsonSchema;
use serde::Serialize;
use whippet::axum::http::StatusCode;
use whippet::extract::Query;
use whippet::problem::types::CONFLICT;
use whippet::response::{
    Cached, Download, DownloadRequest, ETag, Events, IfMatch, IfNoneMatch, JsonLines, LastEventId,
    Order, Page, PageParams, SeeOther, SetCookie, Sse,
};
use whippet::routing::Routes;
use whippet::{
    Accepted, Clock, Json, NoContent, Path, Problem, ProblemType, delete, get, post, put, routes,
};

pub(crate) fn operations() -> Routes {
    routes![
        list_numbers,
        get_version,
        put_version,
        download,
        redirect,
        sign_in,
        start_job,
        follow_jobs,
        stream_numbers,
        fail
    ]
}

/// List numbers.
#[get("/numbers")]
async fn list_numbers(Query(page): Query<PageParams>) -> Result<Page<i64>, Problem> {
    let cursor = page.cursor("numbers", &["number"], Order::Ascending)?;
    cursor.page(Vec::new(), |number: &i64| [(*number).into()])
}

/// Get the version.
#[get("/version")]
async fn get_version(condition: IfNoneMatch) -> Cached<Json<u8>> {
    condition.respond(ETag::version(7), Json(7))
}

/// Replace the version.
#[put("/version", errors(CONFLICT))]
async fn put_version(condition: IfMatch) -> Result<NoContent, Problem> {
    condition.required()?.check(Some(&ETag::version(7)))?;
    Err(Problem::conflict("the version cannot be replaced"))
}

/// Download a text.
#[get("/text")]
async fn download(request: DownloadRequest) -> Download {
    request.file("0123456789").media_type("text/plain")
}

/// Go to the text.
#[get("/moved")]
async fn redirect() -> SeeOther {
    SeeOther::to("/text")
}

/// Get a cookie.
#[post("/session")]
async fn sign_in() -> (SetCookie, NoContent) {
    (SetCookie::new("__Host-session", "1"), NoContent)
}

/// A job.
#[derive(Serialize, JsonSchema)]
struct Job {
    id: u64,
}

/// Start a job.
#[post("/jobs")]
async fn start_job() -> Accepted<Job> {
    Accepted(Job { id: 1 })
}

#[derive(Events)]
enum JobEvent {
    /// A job was started.
    Started(Job),
    /// No job is left.
    #[event(name = "end")]
    AllEnded,
}

/// Follow the jobs.
#[get("/jobs/events")]
async fn follow_jobs(clock: Clock, LastEventId(last): LastEventId) -> Sse<JobEvent> {
    let started = last.is_none().then_some(JobEvent::Started(Job { id: 1 }));
    let events = started.into_iter().chain([JobEvent::AllEnded]);
    Sse::new(stream::iter(events)).keep_alive(clock, std::time::Duration::from_secs(15))
}

/// Get a stream of numbers.
#[get("/numbers/stream")]
async fn stream_numbers() -> JsonLines<Job> {
    JsonLines::new(stream::iter((1..4).map(|id| Job { id })))
}

const BROKEN: ProblemType = ProblemType {
    status: StatusCode::CONFLICT,
    name: "job_broken",
    title: "Job Broken",
    doc: "The job is broken.",
    extensions: &[],
};

/// Delete a job.
#[delete("/jobs/{id}", errors(BROKEN))]
async fn fail(Path(id): Path<u64>) -> Result<NoContent, Problem> {
    match id {
        0..10 => Err(BROKEN.with_detail(format!("the job {id} is broken"))),
        _ => Ok(NoContent),
    }
}
