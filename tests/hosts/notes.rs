//! The app `examples/notes`: accounts, notes, attachments, and a feed with reminders.

use serde_json::{Value, json};

use crate::support::app::{text, unique};
use crate::support::client::Call;
use crate::support::host::Host;
use crate::support::raw::Connection;

/// A signed-in account.
struct Account {
    host: Host,
    authorization: String,
}

impl Account {
    /// Creates an account, and signs in.
    fn new(host: Host) -> Self {
        let api = host.notes().api();
        let email = format!("{}@example.com", unique("ada"));
        let password = "correct horse battery staple";
        let account = json!({"email": email, "password": password});
        api.post("/accounts", &account).expect(201);
        let taken = api.post("/accounts", &account).expect(409);
        assert_eq!(taken["code"], "email_taken");
        let scopes = ["notes:read", "notes:write"];
        let sign_in = json!({"email": email, "password": password, "scopes": scopes});
        let token = text(&api.post("/tokens", sign_in).expect(201), "token");
        let authorization = format!("Bearer {token}");
        Self {
            host,
            authorization,
        }
    }

    fn call<T>(&self, method: &str, path: &str, send: impl FnOnce(Call) -> T) -> T {
        let api = self.host.notes().api();
        let call = api.call(method, path);
        send(call.header("authorization", &self.authorization))
    }

    /// Creates a note, and returns its path.
    fn create_note(&self, title: &str) -> String {
        let body = json!({"title": title, "tags": ["host"]}).to_string();
        let note = self.call("POST", "/notes", |call| {
            call.body("application/json", body).expect(201)
        });
        format!("/notes/{}", note["id"])
    }
}

pub(crate) fn an_account_writes_notes_and_follows_them(host: Host) {
    let account = Account::new(host);
    let unknown = host.notes().api().get("/notes").without_key().send();
    unknown.problem(401);
    let request = format!(
        "GET /notes/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: {}\r\n\r\n",
        account.authorization
    );
    let mut events = Connection::open(host.notes());
    events.send(request.into_bytes());
    events.read_until("text/event-stream");

    let path = account.create_note("Tea");
    events.read_until("event: created");
    let update = |tag: &str| {
        account.call("PATCH", &path, |call| {
            let body = json!({"text": "Green", "color": "blue"}).to_string();
            call.body("application/json", body)
                .header("if-match", tag)
                .send()
        })
    };
    let changed = update("\"1\"");
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
    assert_eq!(changed.json()["color"], "blue");
    update("\"1\"").problem(412);
    events.read_until("event: changed");

    let page = account.call("GET", "/notes?limit=1&tag=host", |call| call.expect(200));
    assert_eq!(page["items"][0]["text"], "Green");
    let at = json!({"at": "2026-01-01T00:00:00Z"}).to_string();
    account.call("PUT", &format!("{path}/reminder"), |call| {
        call.body("application/json", at).expect(204)
    });
    events.read_until("event: reminded");
    account.call("DELETE", &path, |call| call.expect(204));
    events.read_until("event: deleted");
    account.call("GET", &path, |call| call.send()).problem(404);
}

pub(crate) fn a_file_is_attached_and_downloaded_in_parts(host: Host) {
    let account = Account::new(host);
    let note = account.create_note("Tea");
    let content: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let part_head = "--X-y\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nA leaf\r\n--X-y\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"é.bin\"\r\nContent-Type: image/png\r\n\r\n";
    let form = [part_head.as_bytes(), &content, b"\r\n--X-y--\r\n"].concat();
    let media = "multipart/form-data; boundary=X-y";
    let attachment: Value = account.call("POST", &format!("{note}/attachments"), |call| {
        call.body(media, form).expect(201)
    });
    assert_eq!(attachment["size"], 300_000);
    let path = format!("{note}/attachments/{}", attachment["id"]);

    let whole = account.call("GET", &path, |call| call.send());
    assert_eq!(whole.header("content-type"), "image/png");
    assert_eq!(
        whole.header("content-disposition"),
        "attachment; filename=\"_.bin\"; filename*=UTF-8''%C3%A9.bin"
    );
    assert!(whole.body == content, "{} bytes", whole.body.len());
    let part = account.call("GET", &path, |call| {
        call.header("range", "bytes=299990-").send()
    });
    assert_eq!(part.status, 206);
    assert_eq!(part.header("content-range"), "bytes 299990-299999/300000");
    assert_eq!(part.body, content[299_990..]);
    let after = account.call("GET", &path, |call| {
        call.header("range", "bytes=300000-").send()
    });
    after.problem(416);
    let tag = whole.header("etag");
    let copy = account.call("GET", &path, |call| {
        call.header("if-none-match", tag).send()
    });
    assert_eq!(copy.status, 304);
}
