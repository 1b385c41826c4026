//! The wasm-opt step.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// What wasm-opt is asked for. It reads the features that the module may use from its `target_features` section.
const FLAGS: [&str; 4] = [
    "-Os",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Optimises `wasm` in place with the wasm-opt that `package_dir` sees; without one, says how to get it.
///
/// # Errors
///
/// Fails when wasm-opt does.
pub(super) fn optimize(wasm: &Path, package_dir: &Path) -> Result<()> {
    let Some(wasm_opt) = find(package_dir)? else {
        eprintln!(
            "note: the build is larger than it could be: there is no wasm-opt; \
             get it with `npm install --save-dev binaryen`"
        );
        return Ok(());
    };
    let optimized = wasm.with_extension("opt.wasm");
    let status = Command::new(&wasm_opt)
        .args(FLAGS)
        .arg(wasm)
        .arg("-o")
        .arg(&optimized)
        .status()
        .with_context(|| format!("cannot start {}", wasm_opt.display()))?;
    ensure!(
        status.success(),
        "{} failed; what it says is above",
        wasm_opt.display()
    );
    fs::rename(&optimized, wasm).with_context(|| format!("cannot write {}", wasm.display()))
}

/// Finds wasm-opt: `WASM_OPT_BIN`, then npm's in the package's directory or above, then the one on `PATH`.
fn find(package_dir: &Path) -> Result<Option<PathBuf>> {
    if let Some(chosen) = env::var_os("WASM_OPT_BIN").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(chosen);
        ensure!(
            path.is_file(),
            "WASM_OPT_BIN names {}, which is no file",
            path.display()
        );
        return Ok(Some(path));
    }
    let from_npm = package_dir
        .ancestors()
        .map(|dir| dir.join("node_modules/.bin"));
    let from_path = env::var_os("PATH").unwrap_or_default();
    Ok(from_npm
        .chain(env::split_paths(&from_path))
        .map(|dir| dir.join(format!("wasm-opt{}", env::consts::EXE_SUFFIX)))
        .find(|path| path.is_file()))
}
