# The private Python environment in the build folder, for what comes as a wheel: LibTorch, models, pinned tools.
# shellcheck shell=bash

private_python="$build_root/python/bin/python"

# ensure_private_python: makes the environment unless it is there.
ensure_private_python() {
  if [[ -x $private_python ]] && "$private_python" -m pip --version >/dev/null 2>&1; then return; fi
  say "making a private Python environment in build/python"
  python3 -c 'import ensurepip, venv' 2>/dev/null || fail "python3 cannot make an environment: apt-get install python3-venv"
  mkdir -p "$build_root"
  python3 -m venv --clear "$build_root/python" >&2
  # Older ones cannot say beforehand what they would download.
  "$private_python" -m pip install --help | grep -q -e --report || private_pip install --upgrade pip
}

# Only errors are shown.
private_pip() { "$private_python" -m pip --quiet --quiet "$@" >&2 </dev/null; }

# download_size REQUIREMENT...: what pip would fetch, one line "BYTES NAME VERSION" per package.
download_size() {
  local report
  report=$(mktemp -p "$build_root")
  if ! private_pip install --dry-run --ignore-installed --report "$report" "$@"; then
    rm -f "$report"
    return 1
  fi
  "$private_python" "$root/scripts/lib/download_size.py" "$report"
  rm -f "$report"
}

# fetch_wheel REQUIREMENT: downloads one wheel into build/downloads unless it is there, and prints its path.
fetch_wheel() {
  local requirement=$1 folder="$build_root/downloads/${1//==/-}" size
  local -a wheels=("$folder"/*.whl)
  if [[ ! -e ${wheels[0]} ]]; then
    ensure_private_python
    size=$(download_size --no-deps "$requirement" | awk '{n += $1} END {printf "%.0f MB", n / 1e6}') ||
      fail "pip cannot get $requirement: is a package index reachable?"
    say "downloading $requirement ($size)"
    rm -rf "$folder.partial" && mkdir -p "$folder.partial"
    private_pip download --no-deps --only-binary :all: --dest "$folder.partial" "$requirement" ||
      fail "pip could not download $requirement"
    mv "$folder.partial" "$folder"
    wheels=("$folder"/*.whl)
  fi
  printf '%s\n' "${wheels[0]}"
}
