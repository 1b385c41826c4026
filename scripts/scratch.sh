# Sourced, from the root of the repository: `scratch NAME` gives a script, and all that it starts, an empty folder for temporary
# files. Browsers, wrangler and compilers leave much in theirs, so it goes when the script ends, and a next run clears what a
# SIGKILL left.
# shellcheck shell=bash

# A socket's path may have 103 bytes on macOS, 107 on Linux; Chromium's is 41 longer than the folder's.
SCRATCH_LONGEST=62

scratch() {
  TMPDIR=$PWD/target/tmp/$1
  if [ ${#TMPDIR} -le $SCRATCH_LONGEST ]; then
    rm -rf "$TMPDIR"
    mkdir -p "$TMPDIR"
  else
    TMPDIR=$(unset TMPDIR && mktemp -d)
  fi
  export TMPDIR
  trap clear_scratch EXIT
}

# What was started may still write for a moment after its end was waited for.
clear_scratch() {
  local _
  for _ in $(seq 50); do
    rm -rf "$TMPDIR" 2>/dev/null && return
    sleep 0.1
  done
  echo "${0##*/}: cannot remove $TMPDIR" >&2
}
