# The Debian and Ubuntu packages that a build needs. The names are the same on Debian 12 and 13, Ubuntu 22.04 and 24.04.
# shellcheck shell=bash

# missing_packages: one name per line. Tools count when a command of that name is on the path, whoever put it there.
missing_packages() {
  local -a libraries=(
    libcli11-dev libspdlog-dev libfmt-dev       # options, logs, messages
    libeigen3-dev libtbb-dev                    # matrices, threads
    libhdf5-dev zlib1g-dev nlohmann-json3-dev   # files
    libicu-dev libssl-dev                       # Unicode, hashes
    libjs-vega                                  # charts inside a report
    libgtest-dev libgmock-dev                   # tests
  )
  # The x86-64 LibTorch exports the BLAS that it holds; elsewhere the system's is used.
  [[ $(uname -m) == x86_64 ]] || libraries+=(libopenblas-dev)
  command -v c++ >/dev/null || echo g++
  command -v cmake >/dev/null || echo cmake
  command -v ninja >/dev/null || echo ninja-build
  command -v python3 >/dev/null || echo python3
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  local name
  for name in "${libraries[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
  done
}

# offer_wordnet: says how to get what `neurox label --feature supersense` reads, which nothing else needs.
offer_wordnet() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' wordnet-base 2>/dev/null) == installed ]] ||
    say "for WordNet's supersenses, if wanted: apt-get install --no-install-recommends wordnet-base"
}

install_packages() { apt-get update -q && apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"; }

# ensure_packages: installs what is missing when root runs it, else says what to install and stops.
ensure_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "this is neither Debian nor Ubuntu: not checking packages; CMake will name what it does not find"
    return
  fi
  local -a missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then
    say "all there"
    offer_wordnet
  elif ((EUID == 0)); then
    say "installing ${missing[*]} (log: build/packages.log)"
    mkdir -p "$build_root"
    DEBIAN_FRONTEND=noninteractive install_packages "${missing[@]}" >"$build_root/packages.log" 2>&1 </dev/null || {
      tail -n 20 "$build_root/packages.log" >&2
      fail "apt-get could not install them"
    }
  else
    fail "these packages are missing; install them and run this again (or give --no-packages if they are elsewhere):
    sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
}
