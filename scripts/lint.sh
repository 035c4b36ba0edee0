#!/usr/bin/env bash
# Checks the sources: shellcheck on the scripts, clang-tidy (.clang-tidy) on lib/ and apps/.
#
#   scripts/lint.sh [--libtorch DIR] [--no-packages] [NAME...]     NAME: only what lies under a path that holds it (attribute, apps)
#
# Needs the package shellcheck; compiles nothing. clang-tidy is one fixed version, from its Python package (40 MB) in a private
# environment in build/lint: versions differ in what they find, and before 21 they read LibTorch's headers too.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"
# shellcheck source=scripts/lib/build.sh
. "$root/scripts/lib/build.sh"

names=()
while (($#)); do
  case $1 in
    -h | --help) usage && exit ;;
  esac
  build_option "$@"
  ((taken)) || { names+=("$1") && taken=1; }
  shift "$taken"
done
version=23.1.4
command -v shellcheck >/dev/null || fail "shellcheck is not installed: apt-get install shellcheck"
cd "$root"
tidy=build/lint/bin/clang-tidy
if [[ "$("$tidy" --version 2>/dev/null)" != *"version $version"* ]]; then
  step "fetching clang-tidy $version"
  python3 -m venv build/lint && build/lint/bin/pip install --quiet "clang-tidy==$version"
fi
step "shellcheck"
shellcheck -x -a scripts/*.sh scripts/case-studies/*.sh .ci/run

step "LibTorch"
ensure_cmake
ensure_libtorch "$given_libtorch"
configure release "$libtorch"

step "clang-tidy"
# GCC's precompiled headers and some of its options mean nothing to clang: without the former it reads the headers themselves.
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
sed -E 's#(-Winvalid-pch|-Wno-restrict|-fopenmp) ##g; s#-include [^ ]*cmake_pch\.hxx ##g' build/release/compile_commands.json \
  >"$commands/compile_commands.json"
# Sources as the preset compiles them, eight together: what they include is read once for all.
mapfile -t files < <(sed -nE 's#^ *"file": "(.*/(lib|apps)/.*\.(cpp|cxx))",?$#\1#p' "$commands/compile_commands.json" |
  grep -v -e /tests/ -e cmake_pch | grep -F -f <(printf '%s\n' "${names[@]}"))
((${#files[@]})) || fail "no source lies under ${names[*]}"
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" "$tidy" --quiet -p "$commands"
