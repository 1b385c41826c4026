//! `whippet build`: runs cargo and the host's build steps, then copies the result to the output directory.

mod cargo;
mod cloudflare;
mod compile;
mod docs;
mod optimize;
mod package;
mod publish;
mod size;
mod spin;

use std::{
    env,
    fs::{self, File},
    path::{Path, absolute},
};

use anyhow::{Context, Result};

use crate::args::{BuildOptions, Host};
use package::Package;

/// The result of a host's build steps. Its files are in the staging directory.
#[derive(Debug)]
struct Built {
    /// The names of the files that are published after all other files, in this order, because they import other files.
    last: &'static [&'static str],
    /// The folder from which directories of earlier builds are removed.
    pruned: Option<&'static str>,
    /// The names of the interfaces that a component imports from its host. The list is empty for Workers.
    imports: Vec<String>,
    /// The folder of static files that the host serves. Static files do not count as part of the program's size.
    served: &'static str,
}

/// Builds the app that `options` selects.
///
/// # Errors
///
/// Fails when the package cannot be built for the host, when a build step fails, or when the output cannot be written.
pub(crate) fn build(options: &BuildOptions) -> Result<()> {
    let host = options.host.name();
    let package = package::find(options)?;
    let out = match &options.out {
        Some(dir) => absolute(dir)
            .with_context(|| format!("--out `{}` is not a valid path", dir.display()))?,
        None => package.dir().join("build").join(host),
    };

    // Waits for the lock of the package. Without this lock, concurrent builds would delete each other's files. For
    // example, two `wrangler dev` processes may build the same app at the same time. Builds for different hosts also
    // wait for each other, because cargo writes the module to the same file for every host.
    let locked = lock(&package)?;
    // Builds in a staging directory and copies only complete builds to `out`, because wrangler may watch `out`.
    let stage = package
        .target_dir
        .join("whippet")
        .join(&package.name)
        .join(host);
    empty(&stage)?;
    let built = match options.host {
        Host::Cloudflare => cloudflare::build(&package, options, &stage)?,
        Host::Spin => spin::build(&package, options, &stage)?,
    };
    let mut files = publish::publish(&stage, built.last, built.pruned, &out)?;
    drop(locked);
    let served = out.join(built.served);
    files.retain(|file| !file.starts_with(&served));

    let shown = match &files[..] {
        [file] => file,
        _ => &out,
    };
    let shown = env::current_dir()
        .ok()
        .and_then(|cwd| shown.strip_prefix(cwd).ok())
        .unwrap_or(shown);
    println!(
        "{}  {}",
        shown.display(),
        size::Sizes::of(&files, options.release)?
    );
    for import in built.imports {
        println!("  imports {import}");
    }
    Ok(())
}

fn lock(package: &Package) -> Result<File> {
    let folder = package.target_dir.join("whippet");
    let lock = folder.join(format!("{}.lock", package.name));
    fs::create_dir_all(folder)
        .and_then(|()| File::create(&lock))
        .and_then(|file| file.lock().map(|()| file))
        .with_context(|| format!("cannot lock {}", lock.display()))
}

fn empty(stage: &Path) -> Result<()> {
    if stage.exists() {
        fs::remove_dir_all(stage).with_context(|| format!("cannot empty {}", stage.display()))?;
    }
    fs::create_dir_all(stage).with_context(|| format!("cannot create {}", stage.display()))
}
