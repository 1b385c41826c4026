# What scripts/dev and scripts/spin share: a local server that says when it is ready, is woken now and then, and stops with
# everything it started. Sourced, from the root of the repository, with PORT set.
# shellcheck shell=bash

BASE=http://127.0.0.1:$PORT
KEY=$(scripts/key)

fail() {
  printf '%s: %s\n' "${0#"$PWD"/}" "$*" >&2
  exit 1
}

port_is_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# Makes the directory for state, clears what a SIGKILL left in its `tmp` for this port, and prints its absolute path.
state() {
  mkdir -p "$1/tmp"
  cd "$1" || return
  rm -rf "tmp/$PORT"
  mkdir "tmp/$PORT"
  pwd
}

# Runs a command such that a signal to this script is heard at once.
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

# Servers close their own children, but forget a build that is under way.
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

# Not through a proxy: the server is on this machine.
http() {
  curl -sS --noproxy '*' --fail-with-body "$@" 2>&1
}

# Says when the server is ready; then runs a command, once now, for what a crash left undone, and then every `$1` seconds.
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

# From here on, nothing outlives this script.
guard() {
  if port_is_taken; then
    fail "port $PORT is taken; stop what listens there, or choose another with PORT=$((PORT + 1)) make ${0##*/}"
  fi
  trap stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
