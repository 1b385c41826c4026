# Functions for scripts/dev and scripts/spin. The functions run a local server, report when it is ready, trigger its
# periodic work, and stop the server with all its child processes. Set PORT, and source this file from the root of the
# repository. shellcheck shell=bash

BASE=http://127.0.0.1:$PORT
KEY=$(scripts/key)

fail() {
  printf '%s: %s\n' "${0#"$PWD"/}" "$*" >&2
  exit 1
}

port_is_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# Creates the state directory $1, and prints its absolute path. If a SIGKILL has ended an earlier server on this port,
# also removes the temporary files of that server.
state() {
  mkdir -p "$1/tmp"
  cd "$1" || return
  rm -rf "tmp/$PORT"
  mkdir "tmp/$PORT"
  pwd
}

# Runs a command in the background and waits for it, so that this script can handle signals immediately.
run() {
  "$@" &
  wait $!
}

descendants() {
  local child
  for child in $(pgrep -P "$1"); do
    echo "$child"
    descendants "$child"
  done
}

# Stops the jobs of this script. Then kills all descendants that the servers have not stopped, such as a running build.
stop() {
  trap '' INT TERM
  local pids
  pids=$(descendants $$)
  # shellcheck disable=SC2046,SC2086 # lists of process ids
  {
    kill -TERM $(jobs -p)
    wait
    kill -KILL $pids
  } 2>/dev/null || true
}

# Sends a request with curl. Bypasses proxies, because the server is on this machine.
http() {
  curl -sS --noproxy '*' --fail-with-body "$@" 2>&1
}

# Reports when the server is ready. Then runs a command every `$1` seconds. The first run is immediate, because there
# may be unfinished work from before a crash.
announce_and_wake() {
  local seconds=$1
  shift
  until http --max-time 5 "$BASE/healthz" >/dev/null; do
    sleep 0.2
  done
  echo "Relay is ready at $BASE"
  echo "API key: $KEY"
  while [ "$seconds" != 0 ]; do
    "$@"
    sleep "$seconds"
  done
}

# Fails if the port is in use. Ensures that no child process outlives this script.
guard() {
  if port_is_taken; then
    fail "port $PORT is in use; stop the program that listens on it, or choose another port with PORT=$((PORT + 1)) make ${0##*/}"
  fi
  trap stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
