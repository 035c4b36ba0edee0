# Shared by the scripts: where things are, and how progress and refusals are said. Sourced, not run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Everything a script makes lies here (or in models/): nothing outside the checkout changes but packages.
build_root="$root/build"
export root build_root
export CCACHE_DIR="${CCACHE_DIR:-$build_root/ccache}"
export PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

# Messages go to stderr, so that stdout carries results.
step() { printf '\n== %s\n' "$*" >&2; }
say() { printf '   %s\n' "$*" >&2; }
fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# usage: prints the comment block at the top of the running script.
usage() { sed -n '2,/^[^#]/{/^#/{s/^# \{0,1\}//;p}}' "$0"; }

# up_to_date FILE INPUT...: FILE exists and no input is newer.
up_to_date() {
  local file=$1 input
  shift
  [[ -e $file ]] || return 1
  for input in "$@"; do
    if [[ $input -nt $file ]]; then return 1; fi
  done
}

# version_at_least FOUND WANTED
version_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# megabytes FILE...: their sizes added up, as "98 MB"
megabytes() { stat -L -c %s "$@" | awk '{n += $1} END {printf "%.0f MB", n / 1e6}'; }
