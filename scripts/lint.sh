#!/usr/bin/env bash
# Checks the sources: shellcheck on the scripts, clang-tidy (.clang-tidy) on lib/ and apps/.
#
#   scripts/lint.sh [--preset NAME] [FILE.cpp...]     default: every source that build/NAME (default: release) compiles
#
# Needs a configured build folder (scripts/test.sh makes one) and the package shellcheck. clang-tidy is one fixed version, from its Python
# package (40 MB) in a private environment in build/lint: versions differ in what they find, and before 21 they read LibTorch's headers too.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

preset=release
case ${1:-} in
  -h | --help) usage && exit ;;
  --preset) preset=${2:?--preset needs a name} && shift 2 ;;
esac
version=23.1.4
command -v shellcheck >/dev/null || fail "shellcheck is not installed: apt-get install shellcheck"
cd "$root"
tidy=build/lint/bin/clang-tidy
if [[ "$("$tidy" --version 2>/dev/null)" != *"version $version"* ]]; then
  step "fetching clang-tidy $version"
  python3 -m venv build/lint && build/lint/bin/pip install --quiet "clang-tidy==$version"
fi
[[ -e build/$preset/compile_commands.json ]] || fail "build/$preset is not configured: scripts/test.sh --preset $preset"

step "shellcheck"
shellcheck -x -a scripts/*.sh scripts/case-studies/*.sh .ci/run

step "clang-tidy"
files=("$@")
((${#files[@]})) || mapfile -t files < <(find lib apps -name '*.cpp' | sort)
# GCC's precompiled headers and some of its warnings mean nothing to clang: without the former it reads the headers themselves.
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
sed -E 's#(-Winvalid-pch|-Wno-restrict|-fopenmp) ##g; s#-include [^ ]*cmake_pch\.hxx ##g' "build/$preset/compile_commands.json" \
  >"$commands/compile_commands.json"
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" "$tidy" --quiet -p "$commands"
