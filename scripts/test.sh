#!/usr/bin/env bash
# Builds everything and runs all tests.
#
#   scripts/test.sh [--preset release|dev|asan] [--libtorch DIR] [--no-packages] [-- CTEST-OPTIONS...]
#
#   --preset NAME    which build to test: release (what quickstart.sh builds; the default), dev (with assertions), asan
#   --libtorch DIR   a LibTorch of yours, as for quickstart.sh (also: LIBTORCH_DIR)
#   --no-packages    do not look for Debian packages
#
# Tests on real models and on reference numbers run where these are: NEUROX_MODELS (default: models/ of this checkout, which
# scripts/get-model.sh fills) and NEUROX_SHARED. Without them such tests are reported as skipped.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"
# shellcheck source=scripts/lib/build.sh
. "$root/scripts/lib/build.sh"

preset=release
while (($#)); do
  case $1 in
    -h | --help) usage && exit ;;
    --) shift && break ;;
    --preset) preset=${2:?--preset needs a name} && shift 2 && continue ;;
    --preset=*) preset=${1#*=} && shift && continue ;;
  esac
  build_option "$@"
  ((taken)) || fail "unknown option $1 (see --help)"
  shift "$taken"
done
case $preset in
  release | dev | asan) ;;
  *) fail "unknown preset $preset: release, dev or asan" ;;
esac

prepare_and_build "$preset"

step "Tests"
export NEUROX_MODELS="${NEUROX_MODELS:-$root/models}"
# Tests run side by side, one per core: more threads inside each would only get in each other's way. (nproc heeds the variable.)
cores=$(env -u OMP_NUM_THREADS nproc)
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
ctest=$(dirname "$(command -v "$cmake")")/ctest
"$ctest" --test-dir "$build_root/$preset" --output-on-failure -j "$cores" "$@" </dev/null
