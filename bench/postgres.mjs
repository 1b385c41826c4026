// Starts a temporary Postgres server, which listens only on a Unix socket in its own folder.

import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { findOptional, run, start } from "./process.mjs";
import { scratch } from "./scratch.mjs";

/** The folder in which Debian installs each major version of Postgres. */
const debianVersions = "/usr/lib/postgresql";

/** Starts a server. Returns the id of its process, a DSN, and a function that stops it. */
export async function startPostgres() {
  const bin = programs();
  const folder = join(scratch, "postgres");
  const as = prepareFolder(folder);
  const data = join(folder, "data");
  const initdb = ["--pgdata", data, "--username=bench", "--auth=trust", "--encoding=UTF8", "--locale=C"];
  await run(...as(join(bin, "initdb"), initdb), { cwd: folder });
  const settings = ["-c", "listen_addresses=", "-c", `unix_socket_directories=${folder}`];
  const server = start(...as(join(bin, "postgres"), ["-D", data, ...settings]), { cwd: folder, stdio: "ignore" });
  while (!existsSync(join(folder, ".s.PGSQL.5432"))) {
    if (server.exitCode !== null) throw new Error("Postgres did not start");
    await setTimeout(50);
  }
  const stop = async () => {
    const ended = once(server, "exit");
    server.kill("SIGINT"); // Postgres stops immediately, and removes its shared memory.
    await ended;
  };
  return { pid: server.pid, dsn: `postgresql://bench@/postgres?host=${folder}`, stop };
}

function programs() {
  const onPath = findOptional("initdb");
  if (onPath) return join(onPath, "..");
  const versions = existsSync(debianVersions) ? readdirSync(debianVersions).map(Number).sort((a, b) => b - a) : [];
  const newest = versions.map((version) => join(debianVersions, String(version), "bin")).find((bin) => existsSync(join(bin, "initdb")));
  if (!newest) throw new Error("Postgres is not installed; run scripts/setup wasm node bench");
  return newest;
}

/**
 * Creates the folder. The returned function takes a program and its arguments, and returns the command that starts the
 * program. Postgres does not run as root. So if root runs the benchmark, the folder belongs to the user `postgres`, and
 * the command starts the program as this user.
 */
function prepareFolder(folder) {
  mkdirSync(folder, { mode: 0o700 });
  if (process.getuid() !== 0) return (program, args) => [program, args];
  const user = readFileSync("/etc/passwd", "utf8").match(/^postgres:[^:]*:(\d+):(\d+):/m);
  if (!user) throw new Error("this machine has no user `postgres`, and Postgres refuses to run as root: run the benchmark as another user");
  const [uid, gid] = user.slice(1).map(Number);
  chmodSync(scratch, 0o711);
  chownSync(folder, uid, gid);
  return (program, args) => ["setpriv", [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", program, ...args]];
}
