//! Object storage in a folder of the native host.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{join_all, try_join, try_join_all};
use futures_util::{FutureExt, StreamExt, stream};
use whippet::axum::body::Body;
use whippet::native::BlobFolder;
use whippet::response::PageLimit;
use whippet::{BlobError, Blobs};

/// Returns the path of a new folder.
fn new_path() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("blobs-{count}"));
    drop(fs::remove_dir_all(&path));
    path
}

pub(crate) fn new_folder() -> BlobFolder {
    BlobFolder::new(new_path())
}

fn blobs(path: &Path) -> Blobs {
    Blobs::new(Arc::new(BlobFolder::new(path)))
}

/// Returns the names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

#[whippet::test]
async fn a_deleted_object_leaves_no_file_and_no_folder() {
    let path = new_path();
    let blobs = blobs(&path);
    for key in ["a/b/c", "a/d", "é x"] {
        blobs.put(key, "text/plain", "").await.unwrap();
    }
    assert_eq!(names(&path), ["%C3%A9%20x@blob", "@temp", "a"]);
    blobs.delete("a/b/c").await.unwrap();
    assert_eq!(names(&path.join("a")), ["d@blob"]);
    blobs.delete("a/d").await.unwrap();
    assert_eq!(names(&path), ["%C3%A9%20x@blob", "@temp"]);
    assert!(names(&path.join("@temp")).is_empty());
}

#[whippet::test]
async fn an_upload_that_is_dropped_or_fails_leaves_no_file() {
    let path = new_path();
    let blobs = blobs(&path);
    let first = stream::iter([Ok::<_, Infallible>("first")]);
    let body = Body::from_stream(first.chain(stream::pending()));
    let mut upload = Box::pin(blobs.put("a", "text/plain", body));
    let is_written = || {
        let temp = fs::read_dir(path.join("@temp")).into_iter().flatten();
        temp.flatten()
            .any(|file| file.metadata().is_ok_and(|file| file.len() == 5))
    };
    while !is_written() {
        assert!((&mut upload).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(upload);
    // The temporary file disappears only when the thread that writes the chunk has finished.
    while !names(&path.join("@temp")).is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(names(&path), ["@temp"]);

    let over = blobs.clone().limit(1).put("a", "text/plain", "12").await;
    assert!(matches!(over, Err(BlobError::TooLarge(1))));
    assert!(names(&path.join("@temp")).is_empty());
}

#[whippet::test]
async fn a_reader_gets_one_version_while_writers_replace_and_delete_it() {
    let path = new_path();
    let blobs = &blobs(&path);
    let write = |writer: usize| async move {
        let content = writer.to_string().repeat(50_000);
        for _ in 0..20 {
            blobs.put("a/b/c", "text/plain", content.clone()).await?;
            blobs.delete("a/b/c").await?;
        }
        Ok::<_, BlobError>(())
    };
    let read = async {
        for _ in 0..40 {
            let Some(content) = blobs.get("a/b/c").await? else {
                continue;
            };
            let blob = content.blob.clone();
            let bytes = content.bytes(50_000).await?;
            assert_eq!(bytes.len(), 50_000);
            assert_eq!(blob.etag, whippet::response::ETag::of(&bytes));
            blobs.list("", None, PageLimit::default()).await?;
        }
        Ok(())
    };
    try_join(try_join_all((0..4).map(write)), read)
        .await
        .unwrap();
}

#[whippet::test]
async fn concurrent_writers_of_one_key_leave_one_whole_object() {
    let path = new_path();
    let blobs = &blobs(&path);
    let writes = (0..8_u8).map(|writer| blobs.put("a", "text/plain", vec![writer; 10_000]));
    let written = join_all(writes).await;
    let written: Vec<_> = written.into_iter().map(|blob| blob.unwrap().etag).collect();
    let last = blobs.head("a").await.unwrap().unwrap();
    assert!(written.contains(&last.etag));
    assert_eq!(names(&path), ["@temp", "a@blob"]);
}

#[whippet::test]
async fn a_file_that_is_not_an_object_is_an_error() {
    let path = new_path();
    fs::create_dir_all(&path).unwrap();
    for content in ["", "short", "0000ffffwhippet\n", "{}00000002whippet\n"] {
        fs::write(path.join("a@blob"), content).unwrap();
        let error = blobs(&path).head("a").await.unwrap_err().to_string();
        assert!(error.contains("is not the file of an object"), "{error}");
    }
    // The list ignores files whose names are not the file names of objects.
    fs::remove_file(path.join("a@blob")).unwrap();
    fs::write(path.join("README"), "").unwrap();
    fs::write(path.join("b c@blob"), "").unwrap();
    let listed = blobs(&path).list("", None, PageLimit::default()).await;
    assert!(listed.is_ok_and(|page| page.blobs.is_empty()));
}
