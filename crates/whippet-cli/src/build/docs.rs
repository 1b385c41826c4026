//! Writes the files of the pages `/docs`, `/graphiql` and `/_whippet/outbox`, for hosts that serve or mount files.

use std::{fs, io::Read, path::Path};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use whippet_docs::{FILES, File, HEADERS, PAGE, contents, graphiql, outbox};

/// The path of the page for operators.
const OUTBOX: &str = "_whippet/outbox";

/// Writes the pages to `folder` as static assets of a Worker. Cloudflare compresses the assets. The file `_headers`
/// defines the response headers of the assets.
///
/// # Errors
///
/// Fails when a file cannot be written, or when the packages of GraphiQL are not installed.
pub(super) fn write_assets(folder: &Path, with_graphiql: bool) -> Result<()> {
    for (file, path) in paths("docs", FILES, PAGE) {
        let mut plain = Vec::new();
        if file.is_gzipped {
            GzDecoder::new(encoded(file)).read_to_end(&mut plain)?;
        } else {
            plain.extend(encoded(file));
        }
        write(&folder.join(path), &plain)?;
    }
    for (file, path) in paths(OUTBOX, outbox::FILES, outbox::PAGE) {
        write(&folder.join(path), encoded(file))?;
    }
    let mut headers = headers("docs") + &self::headers(OUTBOX);
    if with_graphiql {
        for (file, path) in paths("graphiql", graphiql::FILES, graphiql::PAGE) {
            write(&folder.join(path), &installed(file)?)?;
        }
        headers += &self::headers("graphiql");
    }
    write(&folder.join("_headers"), headers.as_bytes())
}

/// Writes to `folder` the files that a Spin component mounts at `/docs`. The large files of the page `/docs` are stored
/// gzipped, and the component sends them as they are.
///
/// # Errors
///
/// Fails when a file cannot be written, or when the packages of GraphiQL are not installed.
pub(super) fn write_mount(folder: &Path, with_graphiql: bool) -> Result<()> {
    let of_outbox = outbox::FILES.into_iter().chain([outbox::PAGE]);
    for file in FILES.into_iter().chain([PAGE]).chain(of_outbox) {
        write(&folder.join(file.name), encoded(file))?;
    }
    if with_graphiql {
        for file in graphiql::FILES.into_iter().chain([graphiql::PAGE]) {
            write(&folder.join(file.name), &installed(file)?)?;
        }
    }
    Ok(())
}

/// Returns each file of a page, with its path in a Worker's assets. Workers serves the asset `docs.html` at `/docs`.
fn paths<const N: usize>(
    name: &str,
    files: [File; N],
    page: File,
) -> impl Iterator<Item = (File, String)> {
    let below = files.map(|file| (file, format!("{name}/{}", file.name)));
    below.into_iter().chain([(page, format!("{name}.html"))])
}

fn encoded(file: File) -> &'static [u8] {
    contents(file).unwrap_or_default()
}

fn installed(file: File) -> Result<Vec<u8>> {
    graphiql::read(file).with_context(|| {
        let install = graphiql::INSTALL;
        format!(
            "--graphiql needs the file {} of an npm package: run `{install}`",
            file.name
        )
    })
}

/// Returns the lines of the file `_headers` for a page: each path, followed by indented lines with the headers for this
/// path.
fn headers(page: &str) -> String {
    let headers: String = HEADERS
        .iter()
        .map(|(name, value)| format!("  {name}: {value}\n"))
        .collect();
    format!("/{page}\n{headers}/{page}/*\n{headers}")
}

fn write(path: &Path, contents: &[u8]) -> Result<()> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, contents))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_files_are_uncompressed_for_a_worker_and_compressed_in_advance_for_a_component() {
        let dir = tempfile::tempdir().expect("a directory");
        let (assets, mount) = (dir.path().join("assets"), dir.path().join("docs"));
        write_assets(&assets, false).expect("assets");
        write_mount(&mount, false).expect("a mount");

        let read = |path: &str| fs::read_to_string(assets.join(path)).expect(path);
        assert!(read("docs/swagger-ui-bundle.js").contains("SwaggerUIBundle"));
        let headers = read("_headers");
        let (of_docs, of_outbox) = headers
            .split_once("/_whippet/outbox\n")
            .expect("both pages");
        assert_eq!(
            of_outbox.replace("_whippet/outbox", "docs"),
            of_docs["/docs\n".len()..]
        );
        let (page, below) = of_docs.split_once("/docs/*\n").expect("both paths");
        assert_eq!(page.strip_prefix("/docs\n"), Some(below));
        assert!(read("_whippet/outbox.html").contains("outbox/outbox.js"));
        assert!(read("_whippet/outbox/outbox.js").contains("sweep key"));
        assert!(below.contains("  x-content-type-options: nosniff\n"));
        for file in FILES.into_iter().chain([PAGE]) {
            let mounted = fs::read(mount.join(file.name)).expect(file.name);
            assert!(mounted == encoded(file), "{file:?}");
        }
    }
}
