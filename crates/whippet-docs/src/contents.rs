//! Embeds the files of the pages into the program.

use crate::File;

/// Returns the contents of `file`, in gzip format if [`File::is_gzipped`] is true. Returns `None` if this crate does
/// not contain the file.
#[must_use]
pub fn contents(file: File) -> Option<&'static [u8]> {
    Some(match file.name {
        "docs.html" => include_bytes!("../page/docs.html"),
        "docs.js" => include_bytes!("../page/docs.js"),
        "graphiql.html" => include_bytes!("../page/graphiql.html"),
        "graphiql.js" => include_bytes!("../page/graphiql.js"),
        "outbox.css" => include_bytes!("../page/outbox.css"),
        "outbox.html" => include_bytes!("../page/outbox.html"),
        "outbox.js" => include_bytes!("../page/outbox.js"),
        "outbox-plots.js" => include_bytes!("../page/outbox-plots.js"),
        "swagger-ui-bundle.js" => {
            include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"))
        }
        "swagger-ui.css" => include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::contents;
    use crate::{FILES, PAGE, outbox};

    #[test]
    fn every_file_has_contents_in_the_declared_encoding() {
        let of_outbox = outbox::FILES.into_iter().chain([outbox::PAGE]);
        for file in FILES.into_iter().chain([PAGE]).chain(of_outbox) {
            let contents = contents(file).unwrap_or_default();
            // The first bytes of a gzip file (RFC 1952 section 2.3.1).
            let is_gzipped = contents.starts_with(&[0x1f, 0x8b]);
            assert!(contents.len() > 100, "{file:?}");
            assert_eq!(is_gzipped, file.is_gzipped, "{file:?}");
        }
    }
}
