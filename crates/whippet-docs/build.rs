//! Extracts files of the page `/docs` from the archive of Swagger UI, and compresses them with gzip.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "contents")]
    contents::gzip_files();
}

#[cfg(feature = "contents")]
mod contents {
    use std::fs::File;
    use std::io::{self, Cursor};
    use std::path::Path;

    use flate2::{Compression, write::GzEncoder};
    use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
    use zip::ZipArchive;

    const NEEDED: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

    pub(super) fn gzip_files() {
        let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
        let mut archive =
            ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).expect("the archive is a ZIP file");
        for name in NEEDED {
            let end = format!("/dist/{name}");
            // Compares only the end of each path in the archive, because the path starts with the version of Swagger
            // UI.
            let path = archive
                .file_names()
                .filter_map(Result::ok)
                .find(|path| path.ends_with(&end))
                .expect("the archive contains the files of a Swagger UI release")
                .into_owned();
            let mut file = archive.by_name(&path).expect("the archive can be read");
            let gzipped = Path::new(&folder).join(name).with_added_extension("gz");
            File::create(gzipped)
                .map(|gzipped| GzEncoder::new(gzipped, Compression::best()))
                .and_then(|mut gzipped| {
                    io::copy(&mut file, &mut gzipped)?;
                    gzipped.finish()
                })
                .expect("OUT_DIR can be written to");
        }
    }
}
