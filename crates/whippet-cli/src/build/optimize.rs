//! Optimizes a module with wasm-opt.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// The flags that are passed to wasm-opt. They do not list the wasm features that the module may use, because wasm-opt
/// reads these features from the module's section `target_features`.
///
/// By default, wasm-opt inlines every function that has one caller, and so puts rarely executed code between frequently
/// executed code. The compressed module becomes larger, and the module does not run faster. So the flags limit
/// wasm-opt: it inlines a function that has one caller only if the function is small.
const FLAGS: [&str; 5] = [
    "-Os",
    "--one-caller-inline-max-function-size=5",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Optimizes the module `wasm` in place, with the wasm-opt that [`find`] returns. If wasm-opt is not installed, prints
/// how to install it, and leaves the module unchanged.
///
/// # Errors
///
/// Fails when wasm-opt fails.
pub(super) fn optimize(wasm: &Path, package_dir: &Path, stage: &Path) -> Result<()> {
    let Some(wasm_opt) = find(package_dir)? else {
        eprintln!(
            "note: the build is not optimized because wasm-opt was not found; \
             install it with `npm install --save-dev binaryen`"
        );
        return Ok(());
    };
    run_cached(&wasm_opt, wasm, stage)
}

/// Runs wasm-opt. wasm-opt takes seconds, so its output and a cache key are stored beside `stage`. If the cache key is
/// the same as in the last build, copies the stored output instead of running wasm-opt.
fn run_cached(wasm_opt: &Path, wasm: &Path, stage: &Path) -> Result<()> {
    let (cached_input, cached_output) = (
        stage.with_extension("wasm-opt-input"),
        stage.with_extension("wasm-opt-output"),
    );
    let input = cache_key(wasm, wasm_opt)?;
    if fs::read(&cached_input).is_ok_and(|cached| cached == input)
        && fs::copy(&cached_output, wasm).is_ok()
    {
        return Ok(());
    }
    let optimized = wasm.with_extension("opt.wasm");
    let status = Command::new(wasm_opt)
        .args(FLAGS)
        .arg(wasm)
        .arg("-o")
        .arg(&optimized)
        .status()
        .with_context(|| format!("cannot start {}", wasm_opt.display()))?;
    ensure!(
        status.success(),
        "{} failed; its error is printed above",
        wasm_opt.display()
    );
    fs::rename(&optimized, wasm).with_context(|| format!("cannot write {}", wasm.display()))?;
    // Before the output is stored, the file with the cache key is emptied. So if this process is killed before it
    // stores the new key, the next build finds no matching key, and runs wasm-opt again.
    fs::write(&cached_input, [])
        .and_then(|()| fs::copy(wasm, &cached_output))
        .and_then(|_| fs::write(&cached_input, input))
        .with_context(|| format!("cannot write {}", cached_input.display()))
}

/// Returns the cache key: wasm-opt's path, modification time and flags, followed by the bytes of the module.
fn cache_key(wasm: &Path, wasm_opt: &Path) -> Result<Vec<u8>> {
    let modified = fs::metadata(wasm_opt).and_then(|file| file.modified());
    let mut key = format!("{} {modified:?} {FLAGS:?}\n", wasm_opt.display()).into_bytes();
    let module = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    key.extend(module);
    Ok(key)
}

/// Finds wasm-opt: in `WASM_OPT_BIN`, then in `node_modules` of the package's directory and its ancestors, then on
/// `PATH`.
fn find(package_dir: &Path) -> Result<Option<PathBuf>> {
    if let Some(chosen) = env::var_os("WASM_OPT_BIN").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(chosen);
        ensure!(
            path.is_file(),
            "WASM_OPT_BIN is `{}`, which is not a file; correct the path, or unset WASM_OPT_BIN",
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A shell script that writes a fake wasm-opt. The fake outputs its input and one more byte, and counts its runs. A
    /// child process runs the script, because a file that is open for writing cannot be executed. If the test process
    /// itself wrote the file, a child process that another test starts at the same time could inherit the open file.
    const WRITE_FAKE_TOOL: &str = r#"cat > "$1" <<'END'
#!/bin/sh
echo run >> "$0.runs"
while [ $# -gt 3 ]; do shift; done
{ cat "$1"; printf o; } > "$3"
END
chmod +x "$1""#;

    #[test]
    fn an_unchanged_module_is_not_optimized_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let tool = dir.path().join("wasm-opt");
        let mut write = Command::new("sh");
        write.args(["-c", WRITE_FAKE_TOOL, "sh"]).arg(&tool);
        assert!(write.status().expect("a shell").success());
        let (stage, wasm) = (dir.path().join("host"), dir.path().join("app.wasm"));

        for (module, runs) in [("a", 1), ("a", 1), ("b", 2), ("a", 3)] {
            fs::write(&wasm, module).expect("a module");
            run_cached(&tool, &wasm, &stage).expect("optimized");
            let optimized = fs::read_to_string(&wasm).expect("a module");
            assert_eq!(optimized, format!("{module}o"));
            let log = fs::read_to_string(dir.path().join("wasm-opt.runs")).expect("a log");
            assert_eq!(log.lines().count(), runs, "{module}");
        }
    }
}
