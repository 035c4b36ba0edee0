#!/usr/bin/env bash
# Formats the C++ sources with clang-format 14 (later versions format differently).
#
#   scripts/format.sh [--check] [FILE...]     default: every .h and .cpp in lib/, apps/ and tests/
#
#   --check    change nothing; name the files that are not formatted and exit 1
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"
# shellcheck source=scripts/lib/python.sh
. "$root/scripts/lib/python.sh"

action=(-i)
case ${1:-} in
  -h | --help) usage && exit ;;
  --check) action=(--dry-run --Werror) && shift ;;
esac
files=("$@")
cd "$root"
((${#files[@]})) || mapfile -t files < <(find lib apps tests -name '*.h' -o -name '*.cpp' | sort)

# The system's when it is version 14, else the one in a wheel.
formatter=
for name in clang-format-14 clang-format; do
  if command -v $name >/dev/null && [[ $($name --version) =~ version\ 14\. ]]; then
    formatter=$name
    break
  fi
done
if [[ -z $formatter ]]; then
  formatter="$build_root/python/bin/clang-format"
  if [[ ! -x $formatter ]]; then
    ensure_private_python
    say "fetching clang-format 14 into build/python (1.4 MB)"
    private_pip install clang-format==14.0.6
  fi
fi
"$formatter" "${action[@]}" "${files[@]}"
