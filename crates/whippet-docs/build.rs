//! Takes what the page needs out of the archive of Swagger UI, and gzips it: it is served so.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "contents")]
    contents::pack();
}

#[cfg(feature = "contents")]
mod contents {
    use std::fs::File;
    use std::io::{self, Cursor};
    use std::path::Path;

    use flate2::{Compression, write::GzEncoder};
    use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
    use zip::ZipArchive;

    const WANTED: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

    pub(super) fn pack() {
        let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
        let mut archive =
            ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).expect("the archive is a ZIP file");
        for name in WANTED {
            let end = format!("/dist/{name}");
            // The path starts with the version.
            let path = archive
                .file_names()
                .filter_map(Result::ok)
                .find(|path| path.ends_with(&end))
                .expect("the archive has what a release of Swagger UI has")
                .into_owned();
            let mut file = archive.by_name(&path).expect("the archive can be read");
            let packed = Path::new(&folder).join(name).with_added_extension("gz");
            File::create(packed)
                .map(|packed| GzEncoder::new(packed, Compression::best()))
                .and_then(|mut packed| {
                    io::copy(&mut file, &mut packed)?;
                    packed.finish()
                })
                .expect("OUT_DIR can be written to");
        }
    }
}
