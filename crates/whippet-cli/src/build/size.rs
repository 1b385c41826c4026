//! Measures the size of a build.

use std::{fmt, fs, io::Write, path::PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

/// The sizes of a build's files, in bytes.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    wasm: usize,
    js: usize,
    gzipped: Option<usize>,
}

impl Sizes {
    /// Measures the size of `files`. If `gzip` is true, also measures the size that the files have after `gzip -9`.
    ///
    /// # Errors
    ///
    /// Fails when a file cannot be read.
    pub(super) fn of(files: &[PathBuf], gzip: bool) -> Result<Self> {
        let mut sizes = Self::default();
        for file in files {
            let contents =
                fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            if file
                .extension()
                .is_some_and(|extension| extension == "wasm")
            {
                sizes.wasm += contents.len();
            } else {
                sizes.js += contents.len();
            }
            if gzip {
                *sizes.gzipped.get_or_insert_default() += gzipped(&contents)?;
            }
        }
        Ok(sizes)
    }
}

fn gzipped(contents: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents)?;
    Ok(encoder.finish()?.len())
}

/// Formats the sizes in KB (1000 bytes), for example `wasm 812 KB  js 21 KB  total 833 KB, 310 KB gzipped`. If the
/// build has no JavaScript, the text is shorter, for example `wasm 812 KB, 310 KB gzipped`.
impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |bytes: usize| bytes.div_ceil(1000);
        write!(f, "wasm {} KB", kb(self.wasm))?;
        if self.js > 0 {
            let total = kb(self.wasm + self.js);
            write!(f, "  js {} KB  total {total} KB", kb(self.js))?;
        }
        match self.gzipped {
            Some(bytes) => write!(f, ", {} KB gzipped", kb(bytes)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_printed_on_one_line() {
        let debug = Sizes {
            wasm: 811_001,
            js: 20_999,
            gzipped: None,
        };
        assert_eq!(debug.to_string(), "wasm 812 KB  js 21 KB  total 832 KB");
        let release = Sizes {
            gzipped: Some(310_000),
            ..debug
        };
        assert_eq!(
            release.to_string(),
            "wasm 812 KB  js 21 KB  total 832 KB, 310 KB gzipped"
        );
        let component = Sizes { js: 0, ..release };
        assert_eq!(component.to_string(), "wasm 812 KB, 310 KB gzipped");
    }
}
