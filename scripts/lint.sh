#!/usr/bin/env bash
# Checks the sources: shellcheck on the scripts, clang-tidy 14 (.clang-tidy) on lib/ and apps/.
#
#   scripts/lint.sh [--preset NAME] [FILE.cpp...]     default: every source that build/NAME (default: release) compiles
#
# Needs a configured build folder (scripts/test.sh makes one), and the packages shellcheck and clang-tidy-14.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

preset=release
case ${1:-} in
  -h | --help) usage && exit ;;
  --preset) preset=${2:?--preset needs a name} && shift 2 ;;
esac
for tool in shellcheck clang-tidy-14; do
  command -v $tool >/dev/null || fail "$tool is not installed: apt-get install $tool"
done
cd "$root"
[[ -e build/$preset/compile_commands.json ]] || fail "build/$preset is not configured: scripts/test.sh --preset $preset"

step "shellcheck"
shellcheck -x -a scripts/*.sh scripts/case-studies/*.sh .ci/run

step "clang-tidy"
files=("$@")
((${#files[@]})) || mapfile -t files < <(find lib apps -name '*.cpp' | sort)
# GCC's precompiled headers and some of its warnings mean nothing to clang: without the former it reads the headers themselves.
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
sed -E 's#(-Winvalid-pch|-Wno-restrict) ##g; s#-include [^ ]*cmake_pch\.hxx ##g' "build/$preset/compile_commands.json" \
  >"$commands/compile_commands.json"
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 --quiet -p "$commands"
