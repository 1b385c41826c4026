//! Object storage.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::app::unique;
use crate::support::client::{Api, Response};
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::wait::eventually;
use crate::support::{bucket, probe};

fn put(api: &Api, key: &str, media_type: &str, content: &str) -> Value {
    let put = api.call("PUT", &format!("/blobs/{key}"));
    put.body(media_type, content).expect(200)
}

/// Returns the keys that a page lists, and the start of the next page.
fn list(api: &Api, query: &str) -> (Vec<String>, Value) {
    let page = api.get(&format!("/blobs?{query}")).expect(200);
    let blobs = page["blobs"].as_array().unwrap().iter();
    let keys = blobs.map(|blob| blob["key"].as_str().unwrap().to_owned());
    (keys.collect(), page["next"].clone())
}

pub(crate) fn an_object_is_stored_replaced_listed_and_deleted(host: Host) {
    stores(&probe::shared(host).api());
}

pub(crate) fn a_download_sends_a_range_of_an_object(host: Host) {
    downloads(&probe::shared(host).api());
}

pub(crate) fn a_large_object_is_stored_and_sent_as_a_stream(host: Host) {
    streams(&probe::shared(host).api());
}

pub(crate) fn a_bucket_of_an_s3_compatible_store_has_the_objects(host: Host) {
    let server = host.start("bucket", &Options::bucket("the-secret"));
    let api = server.api();
    stores(&api);
    downloads(&api);
    streams(&api);
    let key = unique("signed");
    put(&api, &key, "text/plain", "0123");
    let url = api.get(&format!("/blobs/{key}/url?seconds=60")).expect(200);
    let url = url.as_str().unwrap().to_owned();
    let path = url.strip_prefix(&bucket::url()).unwrap();
    let store = Api::new(bucket::url(), "");
    let signed = store.get(path).without_key().send();
    assert_eq!((signed.status, signed.text().as_str()), (200, "0123"));
    let changed = path.replace("X-Amz-Expires=60", "X-Amz-Expires=61");
    let changed = store.get(&changed).without_key().send();
    assert_eq!(changed.status, 403);
}

pub(crate) fn a_bucket_with_a_wrong_secret_is_an_error_in_the_log(host: Host) {
    let server = host.start("bucket-wrong", &Options::bucket("another-secret"));
    let api = server.api();
    let stored = api.call("PUT", "/blobs/a").body("text/plain", "1").send();
    stored.problem(500);
    api.get("/blobs").send().problem(500);
    let log = eventually("the log has the error", Duration::from_secs(10), || {
        let log = server.log.text();
        let has_error = log.contains("SignatureDoesNotMatch");
        if has_error { Ok(log) } else { Err(log) }
    });
    assert!(!log.contains("another-secret") && !log.contains("X-Amz-Signature"));
}

fn stores(api: &Api) {
    let folder = unique("objects");
    let path = |name: &str| format!("{folder}%2F{name}");
    let first = put(api, &path("a%20%C3%A9"), "text/csv", "a,b");
    assert_eq!(
        (&first["key"], &first["size"], &first["media_type"]),
        (
            &json!(format!("{folder}/a é")),
            &json!(3),
            &json!("text/csv")
        )
    );
    let replaced = put(api, &path("a%20%C3%A9"), "text/plain", "1");
    assert_ne!(replaced["etag"], first["etag"]);
    for name in ["b", "b-1", "b%2Fc", "B"] {
        put(api, &path(name), "text/plain", name);
    }
    let keys = ["B", "a é", "b", "b-1", "b/c"].map(|name| format!("{folder}/{name}"));
    let all = api.get(&format!("/blobs?prefix={folder}/")).expect(200);
    let listed = ["key", "size", "etag", "modified_ms"].map(|name| &all["blobs"][1][name]);
    assert_eq!(
        listed,
        ["key", "size", "etag", "modified_ms"].map(|name| &replaced[name])
    );
    assert_eq!(
        list(api, &format!("prefix={folder}/")),
        (keys.to_vec(), Value::Null)
    );
    let (page, next) = list(api, &format!("prefix={folder}/&limit=3"));
    assert_eq!((&page[..], &next), (&keys[..3], &json!(keys[2])));
    let rest = list(api, &format!("prefix={folder}/&limit=3&after={folder}/b"));
    assert_eq!(rest, (keys[3..].to_vec(), Value::Null));
    let prefix = list(api, &format!("prefix={folder}/b-"));
    assert_eq!(prefix.0, [keys[3].as_str()]);

    for _ in 0..2 {
        api.delete(&format!("/blobs/{}", path("b"))).expect(204);
        let absent = api.get(&format!("/blobs/{}", path("b"))).send();
        absent.problem(404);
    }
    let over = api.call("PUT", &format!("/blobs/{}", path("over")));
    let over = over.body("text/plain", "x".repeat(100_001)).send();
    over.problem(413);
    for key in ["%2E%2E%2Fprobe.db", "%2Fetc%2Fpasswd", "a%00"] {
        let rejected = api.get(&format!("/blobs/{key}")).send();
        rejected.problem(400);
    }
}

fn downloads(api: &Api) {
    let key = unique("digits");
    put(api, &key, "text/plain", "0123456789");
    let path = format!("/blobs/{key}");
    let whole = api.get(&path).send();
    assert_eq!((whole.status, whole.text().as_str()), (200, "0123456789"));
    assert_eq!(
        ["content-type", "content-length", "accept-ranges"].map(|name| whole.header(name)),
        ["text/plain", "10", "bytes"]
    );
    let disposition = format!("attachment; filename=\"{key}\"");
    assert_eq!(whole.header("content-disposition"), disposition);
    let tag = whole.header("etag");
    let with = |name, value: &str| api.get(&path).header(name, value).send();
    for (range, content_range, text) in [
        ("bytes=4-6", "bytes 4-6/10", "456"),
        ("bytes=-3", "bytes 7-9/10", "789"),
        ("bytes=8-99", "bytes 8-9/10", "89"),
    ] {
        let part = with("range", range);
        assert_eq!((part.status, part.text().as_str()), (206, text));
        assert_eq!(part.header("content-range"), content_range);
        assert_eq!(part.header("content-length"), text.len().to_string());
        assert_eq!(part.header("etag"), tag);
    }
    let after = with("range", "bytes=10-");
    after.problem(416);
    assert_eq!(after.header("content-range"), "bytes */10");
    let copy = with("if-none-match", tag);
    assert_eq!((copy.status, copy.body.len()), (304, 0));
    let head = api.call("HEAD", &path).send();
    assert_eq!((head.status, head.header("etag")), (200, tag));

    put(api, &key, "text/plain", "");
    let empty: Response = api.get(&path).send();
    assert_eq!((empty.status, empty.body.len()), (200, 0));
}

fn streams(api: &Api) {
    let key = unique("large");
    let generate = api.call("PUT", &format!("/blobs/{key}/generated?megabytes=10"));
    assert_eq!(generate.expect(200)["size"], 10_000_000);
    let path = format!("/blobs/{key}");
    let part = api.get(&path).header("range", "bytes=6999999-9000000");
    let part = part.send();
    assert_eq!(part.status, 206);
    assert_eq!(part.header("content-type"), "application/x-test");
    assert!(part.body.len() == 2_000_002);
    assert_eq!((part.body[0], part.body[1]), (6, 7));
    assert_eq!(part.body[2_000_000..], [8, 9]);
    let whole = api.get(&path).send();
    assert!(whole.body.len() == 10_000_000 && whole.body[9_999_999] == 9);
    api.delete(&path).expect(204);
}

pub(crate) fn object_storage_gets_501(host: Host) {
    let probe = probe::shared(host);
    let api = probe.api();
    api.get("/blobs/a").send().problem(501);
    api.get("/blobs").send().problem(501);
    api.delete("/blobs/a").send().problem(501);
    let put = api.call("PUT", "/blobs/a").body("text/plain", "1");
    put.send().problem(501);
}
