# Source this file from the root of the repository. `scratch NAME` sets TMPDIR to an empty folder, for the script and
# all programs that it starts. The folder is removed when the script ends, because browsers, wrangler and compilers
# leave many files in it. If a SIGKILL ends the script, the next run of the script removes the folder.
# shellcheck shell=bash

# The path of a socket is limited to 103 bytes on macOS and 107 on Linux. Chromium's socket path is 41 bytes longer than TMPDIR.
SCRATCH_MAX_LENGTH=62

scratch() {
  TMPDIR=$PWD/target/tmp/$1
  if [ ${#TMPDIR} -le $SCRATCH_MAX_LENGTH ]; then
    rm -rf "$TMPDIR"
    mkdir -p "$TMPDIR"
  else
    TMPDIR=$(unset TMPDIR && mktemp -d)
  fi
  export TMPDIR
  trap clear_scratch EXIT
}

# Retries the removal, because child processes may still write files for a moment.
clear_scratch() {
  local _
  for _ in $(seq 50); do
    rm -rf "$TMPDIR" 2>/dev/null && return
    sleep 0.1
  done
  echo "${0##*/}: cannot remove $TMPDIR" >&2
}
