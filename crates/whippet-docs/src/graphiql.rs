//! The page `/graphiql`: GraphiQL, in which a developer tries the operations of a GraphQL endpoint.
//!
//! No crate contains GraphiQL, so its files come from npm packages, which the command [`INSTALL`] installs. A native
//! program reads the files when a browser requests them. For the other hosts, `whippet build --graphiql` copies the
//! files.

use crate::{File, SCRIPT, STYLES};

/// The command that installs the packages of GraphiQL. From version 5 on, a page cannot load the files without a
/// bundler.
pub const INSTALL: &str = "npm install --save-dev graphiql@4.1.2 react@18.3.1 react-dom@18.3.1";

/// The HTML file of the page, at `/graphiql`.
pub const PAGE: File = File {
    name: "graphiql.html",
    content_type: "text/html; charset=utf-8",
    is_gzipped: false,
};

/// The files that the page loads. The path of each file is `/graphiql/<name>`.
pub const FILES: [File; 5] = [
    script("graphiql.js"),
    script("graphiql.min.js"),
    script("react-dom.production.min.js"),
    script("react.production.min.js"),
    File {
        name: "graphiql.min.css",
        content_type: STYLES,
        is_gzipped: false,
    },
];

const fn script(name: &'static str) -> File {
    File {
        name,
        content_type: SCRIPT,
        is_gzipped: false,
    }
}

/// Reads a file of the page, either from this crate or from an installed package. Looks for packages in the folders
/// that the environment variable `NODE_PATH` lists, and then in `node_modules` below the current directory. Returns
/// `None` if the package is not installed.
#[cfg(feature = "contents")]
#[must_use]
pub fn read(file: File) -> Option<Vec<u8>> {
    let named = std::env::var_os("NODE_PATH").unwrap_or_default();
    let folders = std::env::split_paths(&named).collect::<Vec<_>>();
    let folders = folders.into_iter().chain(["node_modules".into()]);
    read_from(file, folders)
}

#[cfg(feature = "contents")]
fn read_from(file: File, mut folders: impl Iterator<Item = std::path::PathBuf>) -> Option<Vec<u8>> {
    if let Some(contents) = crate::contents(file) {
        return Some(contents.to_vec());
    }
    let path = match file.name {
        "graphiql.min.css" => "graphiql/graphiql.min.css",
        "graphiql.min.js" => "graphiql/graphiql.min.js",
        "react-dom.production.min.js" => "react-dom/umd/react-dom.production.min.js",
        "react.production.min.js" => "react/umd/react.production.min.js",
        _ => return None,
    };
    folders.find_map(|folder| std::fs::read(folder.join(path)).ok())
}

#[cfg(all(test, feature = "contents"))]
mod tests {
    use std::fs;

    use super::{FILES, PAGE, read_from};

    #[test]
    fn files_are_read_from_the_first_folder_that_has_them() {
        let folder = std::env::temp_dir().join(format!("graphiql-{}", std::process::id()));
        fs::create_dir_all(folder.join("react/umd")).unwrap_or_default();
        fs::write(folder.join("react/umd/react.production.min.js"), "react").unwrap_or_default();
        let read = |file| read_from(file, ["missing".into(), folder.clone()].into_iter());
        let found = FILES
            .into_iter()
            .chain([PAGE])
            .filter(|file| read(*file).is_some());
        let found: Vec<_> = found.map(|file| file.name).collect();
        let react = read(FILES[3]);
        fs::remove_dir_all(&folder).unwrap_or_default();
        assert_eq!(
            found,
            ["graphiql.js", "react.production.min.js", "graphiql.html"]
        );
        assert_eq!(react.as_deref(), Some(&b"react"[..]));
    }
}
