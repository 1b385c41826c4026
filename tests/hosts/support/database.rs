//! Writes to a server's database from the test process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use whippet::native::{Client, Runner, Sqlite, SystemClock, SystemEntropy};
use whippet::testing::block_on;
use whippet::{App, Config, Migration, Migrations, Service, query};

use super::host::Host;
use super::launch::{database, root};

pub(crate) const MIGRATIONS: Migrations = whippet::migrations!("migrations");

/// Runs a statement in the server's SQLite file. Works for all hosts except Workers.
pub(crate) fn execute(host: Host, state: &Path, statement: &'static str) {
    block_on(async {
        let service = service(&database(host, state), MIGRATIONS);
        let statement = query(statement);
        statement.execute(&service.context().db()).await.unwrap();
    });
}

/// Creates the server's SQLite file with all migrations, and returns its path. Works for all hosts except Workers.
pub(crate) fn create(host: Host, state: &Path) -> PathBuf {
    fs::create_dir_all(state).unwrap();
    let file = database(host, state);
    block_on(service(&file, MIGRATIONS).migrate()).unwrap();
    file
}

/// Returns the path of the write-ahead log of the SQLite file.
pub(crate) fn write_ahead_log(host: Host, state: &Path) -> PathBuf {
    let mut file = database(host, state).into_os_string();
    file.push("-wal");
    file.into()
}

/// A lock on the SQLite file. Other processes cannot write to the file until the lock is dropped.
pub(crate) struct Lock(Service);

/// Locks the server's SQLite file. Works for all hosts except Workers.
pub(crate) fn lock(host: Host, state: &Path) -> Lock {
    let service = service(&database(host, state), MIGRATIONS);
    let begin = query("begin immediate");
    block_on(begin.execute(&service.context().db())).unwrap();
    Lock(service)
}

impl Drop for Lock {
    fn drop(&mut self) {
        let end = query("rollback");
        block_on(end.execute(&self.0.context().db())).unwrap();
    }
}

/// Creates a database with all migrations except the last. Then runs a statement in the database.
pub(crate) fn create_previous_version(host: Host, state: &Path, statement: &'static str) {
    let (_, earlier) = MIGRATIONS.files().split_last().expect("a migration");
    create_at(host, state, earlier, statement);
}

/// Creates a database with all migrations. Then runs a statement in the database.
pub(crate) fn create_with(host: Host, state: &Path, statement: &'static str) {
    create_at(host, state, MIGRATIONS.files(), statement);
}

/// Creates a database with these migrations. Then runs a statement in the database.
fn create_at(host: Host, state: &Path, migrations: &'static [Migration], statement: &'static str) {
    if host == Host::Workers {
        let config = state.with_file_name("migrations");
        write_config(&config, migrations);
        d1(&config, state, &["migrations", "apply", "DB"]);
        d1(&config, state, &["execute", "DB", "--command", statement]);
    } else {
        let service = service(&database(host, state), Migrations::new(migrations));
        block_on(service.migrate()).unwrap();
        execute(host, state, statement);
    }
}

/// Returns the service of an app whose database is `file`, and which has only these migrations.
fn service(file: &Path, migrations: Migrations) -> Service {
    let file = file.to_str().expect("a path in UTF-8");
    let host = whippet::host::Host {
        name: "native",
        config: Config::default(),
        database: Arc::new(Sqlite::open(file).unwrap()),
        http: Arc::new(Client::new().unwrap()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        wake_up: Arc::new(Runner::default()),
        docs: None,
    };
    App::new()
        .migrations(migrations)
        .into_service(host)
        .unwrap()
}

/// Writes these migrations and a `wrangler.toml` for Relay's D1 database to a folder.
fn write_config(folder: &Path, migrations: &[Migration]) {
    fs::create_dir_all(folder).unwrap();
    for Migration { name, sql } in migrations {
        fs::write(folder.join(name), sql).unwrap();
    }
    let config = fs::read_to_string(root().join("wrangler.toml")).unwrap();
    let config = config.replace(
        r#"migrations_dir = "migrations""#,
        r#"migrations_dir = ".""#,
    );
    fs::write(folder.join("wrangler.toml"), config).unwrap();
}

fn d1(config: &Path, state: &Path, arguments: &[&str]) {
    let output = Command::new("wrangler")
        .arg("d1")
        .args(arguments)
        .args(["--local", "--persist-to"])
        .arg(state)
        .current_dir(config)
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_LOG_PATH", config.join("logs"))
        .output()
        .unwrap_or_else(|e| panic!("wrangler: {e}; `make test` installs it"));
    assert!(
        output.status.success(),
        "wrangler d1 {arguments:?}: {output:?}"
    );
}
