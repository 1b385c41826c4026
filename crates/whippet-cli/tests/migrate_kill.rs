//! Kills `whippet migrate up` at each statement of a migration.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

const TABLES: &str = "create table users (id integer primary key, name text) strict;
create table posts (id integer primary key, user_id integer not null references users (id) on delete cascade) strict;
create index posts_user on posts (user_id);
create table filler (bytes blob) strict;
insert into users values (1, null), (2, 'b');
insert into posts values (1, 1), (2, 1), (3, 2);
";

const REBUILD: [&str; 7] = [
    "create table posts_keep as select * from posts;",
    "create table users_new (id integer primary key, name text not null) strict;",
    "insert into users_new select id, coalesce(name, '') from users;",
    "drop table users;",
    "alter table users_new rename to users;",
    "insert into posts select * from posts_keep;",
    "drop table posts_keep;",
];

/// A statement that writes until the process is killed.
const ENDLESS: &str =
    "insert into filler with recursive n (x) as (select 1 union all select x + 1 from n)
select randomblob(2000) from n;";

/// The process is killed when its log is larger than this number of bytes. SQLite's cache is smaller, so a part of the
/// transaction is then on the disk.
const WRITTEN: u64 = 8_000_000;

fn up(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whippet"));
    command
        .args(["migrate", "up", "--database", "app.db"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn write(folder: &Path, number: usize, sql: &str) {
    fs::write(folder.join(format!("migrations/{number:04}_m.sql")), sql).expect("a file");
}

/// Returns the schema, the rows and the ledgers.
fn state(folder: &Path) -> Vec<String> {
    let connection = Connection::open(folder.join("app.db")).expect("a database");
    let sql = "select type || name || coalesce(sql, '') from sqlite_master
        union all select 'user' || id || name from users
        union all select 'post' || id || user_id from posts
        union all select 'filler' from filler
        union all select l.name || c.checksum from d1_migrations l join whippet_migrations c on c.name = l.name
        order by 1";
    // This statement has more terms than D1 allows. That does not matter, because it runs on SQLite.
    let mut statement = connection.prepare(sql).expect("valid SQL");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("text")
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn up_finishes_after_it_was_killed_at_any_statement() {
    let rebuild = REBUILD.join("\n");
    let expected = {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("migrations")).expect("a folder");
        write(folder.path(), 1, TABLES);
        write(folder.path(), 2, &rebuild);
        assert!(up(folder.path()).status().expect("whippet runs").success());
        state(folder.path())
    };
    assert!(expected.iter().any(|line| line == "post32"), "{expected:?}");
    for killed in 0..=REBUILD.len() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        fs::create_dir(folder.join("migrations")).expect("a folder");
        write(folder, 1, TABLES);
        let (before, after) = REBUILD.split_at(killed);
        let endless = [before, &[ENDLESS], after].concat().join("\n");
        write(folder, 2, &endless);
        let mut child = up(folder).spawn().expect("whippet runs");
        let log = folder.join("app.db-wal");
        wait_until("a part of the transaction is on the disk", || {
            log.metadata().is_ok_and(|log| log.len() > WRITTEN)
        });
        child.kill().expect("a process");
        child.wait().expect("a process");
        write(folder, 2, &rebuild);
        assert!(
            up(folder).status().expect("whippet runs").success(),
            "killed at {killed}"
        );
        assert_eq!(state(folder), expected, "killed at {killed}");
    }
}
