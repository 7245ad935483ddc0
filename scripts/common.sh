# Shared by the scripts of this folder: `source "$(dirname "${BASH_SOURCE[0]}")/common.sh"`.
# shellcheck shell=bash

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
# Everything the scripts keep: cluster, samples, logs, caches. Git ignores it.
# shellcheck disable=SC2034
home="$root/.hayden"

# One clear sentence, then the end.
fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

step() { echo "==> $*"; }

# The comment block at the head of a script is its help text.
print_help() {
  sed -n '2,/^[^#]/ { /^#/ { s/^# \{0,1\}//; p } }' "$0"
}

is_listening() { # port
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || (exec 3<>"/dev/tcp/::1/$1") 2>/dev/null
}

# Two users at work in one checkout would lock each other out.
require_home() {
  mkdir -p "$home" 2>/dev/null || true
  [[ -w "$home" && -O "$home" ]] ||
    fail "$home is not yours: run as $(stat --format %U "$home" 2>/dev/null || stat --format %U "$root")."
}

require_space() { # folder, GiB
  local available
  available="$(df --output=avail -k "$1" | tail -n 1)"
  ((available >= $2 * 1024 * 1024)) ||
    fail "not enough space: $1 has $((available / 1024)) MiB free and $2 GiB are needed."
}

# Waits in steps of 0.1 s until the command succeeds; fails after the given seconds.
wait_until() { # seconds, command…
  local tries=$(($1 * 10))
  shift
  until "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

# The Python environment of a requirements file of tests/e2e, made at first use; prints its folder.
virtual_environment() { # requirements file
  local requirements="$root/tests/e2e/$1" folder
  folder="${XDG_CACHE_HOME:-$HOME/.cache}/hayden/venv-$(sha256sum "$requirements" | cut -c 1-16)"
  if [[ ! -e "$folder/complete" ]]; then
    mkdir -p "${folder%/*}"
    (
      flock 9 # two first runs at once would undo each other's work
      [[ ! -e "$folder/complete" ]] || exit 0
      rm -rf "$folder"
      /usr/bin/python3 -m venv "$folder" &&
        "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" &&
        touch "$folder/complete"
    ) 9>"$folder.lock" || return 1
  fi >&2
  echo "$folder"
}
