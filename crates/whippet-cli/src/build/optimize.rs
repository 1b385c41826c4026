//! The wasm-opt step.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// What wasm-opt is asked for. It reads the features that the module may use from its `target_features` section.
///
/// By itself it puts every function with one caller into that caller, which makes a module larger once it is compressed and no
/// faster: what runs seldom then lies between what runs often. Small ones it may.
const FLAGS: [&str; 5] = [
    "-Os",
    "--one-caller-inline-max-function-size=5",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Optimises `wasm` in place with the wasm-opt that `package_dir` sees; without one, says how to get it.
///
/// # Errors
///
/// Fails when wasm-opt does.
pub(super) fn optimize(wasm: &Path, package_dir: &Path, stage: &Path) -> Result<()> {
    let Some(wasm_opt) = find(package_dir)? else {
        eprintln!(
            "note: the build is larger than it could be: there is no wasm-opt; \
             get it with `npm install --save-dev binaryen`"
        );
        return Ok(());
    };
    ask(&wasm_opt, wasm, stage)
}

/// Runs wasm-opt. It takes seconds, so question and answer are kept beside `stage`, and a module that has not changed is not
/// optimised again.
fn ask(wasm_opt: &Path, wasm: &Path, stage: &Path) -> Result<()> {
    let (asked, answered) = (
        stage.with_extension("asked"),
        stage.with_extension("answered"),
    );
    let question = question(wasm, wasm_opt)?;
    if fs::read(&asked).is_ok_and(|last| last == question) && fs::copy(&answered, wasm).is_ok() {
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
        "{} failed; what it says is above",
        wasm_opt.display()
    );
    fs::rename(&optimized, wasm).with_context(|| format!("cannot write {}", wasm.display()))?;
    // An empty file is no question: should this process end here, a new answer stands beside none.
    fs::write(&asked, [])
        .and_then(|()| fs::copy(wasm, &answered))
        .and_then(|_| fs::write(&asked, question))
        .with_context(|| format!("cannot write {}", asked.display()))
}

/// The module, and what it is to be optimised with.
fn question(wasm: &Path, wasm_opt: &Path) -> Result<Vec<u8>> {
    let modified = fs::metadata(wasm_opt).and_then(|file| file.modified());
    let mut question = format!("{} {modified:?} {FLAGS:?}\n", wasm_opt.display()).into_bytes();
    let module = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    question.extend(module);
    Ok(question)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Writes a wasm-opt that adds a byte to its input and counts its runs. A process of its own writes it: a file that this
    /// one has open for writing cannot be run, and a child that another test starts meanwhile would hold it open.
    const MAKE_TOOL: &str = r#"cat > "$1" <<'END'
#!/bin/sh
echo run >> "$0.runs"
while [ $# -gt 3 ]; do shift; done
{ cat "$1"; printf o; } > "$3"
END
chmod +x "$1""#;

    #[test]
    fn a_module_that_has_not_changed_is_not_optimised_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let tool = dir.path().join("wasm-opt");
        let mut make = Command::new("sh");
        make.args(["-c", MAKE_TOOL, "sh"]).arg(&tool);
        assert!(make.status().expect("a shell").success());
        let (stage, wasm) = (dir.path().join("host"), dir.path().join("app.wasm"));

        for (module, runs) in [("a", 1), ("a", 1), ("b", 2), ("a", 3)] {
            fs::write(&wasm, module).expect("a module");
            ask(&tool, &wasm, &stage).expect("optimised");
            let optimized = fs::read_to_string(&wasm).expect("a module");
            assert_eq!(optimized, format!("{module}o"));
            let log = fs::read_to_string(dir.path().join("wasm-opt.runs")).expect("a log");
            assert_eq!(log.lines().count(), runs, "{module}");
        }
    }
}
