# Options, packages, CMake, LibTorch and the build: what quickstart.sh and test.sh have in common.
# shellcheck shell=bash
# shellcheck source=scripts/lib/packages.sh
. "$root/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/python.sh
. "$root/scripts/lib/python.sh"

# The torch wheel fetched when the machine has no LibTorch.
torch_wheel="torch==2.13.0"
# The headers of umappp, which `neurox cluster --method map` is built with.
umappp_package="assorthead==0.1.4"

# ensure_cmake: sets $cmake; one from a wheel where the system's is older than CMakeLists.txt asks (Ubuntu 22.04).
ensure_cmake() {
  local wanted
  wanted=$(sed -n 's/^cmake_minimum_required(VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
  cmake=cmake
  version_at_least "$(cmake --version | awk 'NR == 1 {print $3}')" "$wanted" && return
  cmake="$build_root/python/bin/cmake"
  if [[ ! -x $cmake ]]; then
    ensure_private_python
    say "the system's CMake is older than $wanted: fetching one into build/python (28 MB)"
    private_pip install cmake==3.31.6
  fi
}

# libtorch_at DIR: prints the folder when it is fit for use ("" looks at the current Python and the system), else fails
# and says on stderr what was looked at.
libtorch_at() { "$cmake" ${1:+-DLIBTORCH_DIR="$1"} -P "$root/cmake/LibTorchSearch.cmake"; }

# install_torch: the wheel into the private environment, without its Python requirements. Of a wheel built for CUDA (what the
# main index has for x86-64) the CPU half is used, which needs two of the CUDA packages and not the other 2 GB.
install_torch() {
  local sizes for_cuda=
  local -a wanted
  ensure_private_python
  sizes=$(download_size "$torch_wheel") || fail "pip cannot get $torch_wheel: is a package index reachable?
    Without one, unpack a LibTorch and give its folder: $(basename "$0") --libtorch DIR"
  sizes=$(awk '$2 ~ /^(torch|nvidia-cuda-(cupti|runtime).*)$/' <<<"$sizes")
  mapfile -t wanted < <(awk '{print $2 "==" $3}' <<<"$sizes")
  if ((${#wanted[@]} > 1)); then for_cuda=" (built for CUDA, used on the CPU; see docs/install.md for a smaller one, or for a GPU)"; fi
  say "downloading $torch_wheel into build/python: $(awk '{n += $1} END {printf "%.0f MB", n / 1e6}' <<<"$sizes")$for_cuda"
  private_pip install --no-compile --no-deps "${wanted[@]}"
}

# ensure_libtorch [DIR]: sets $libtorch, the first that is fit of: DIR; what a build here was configured with; the current
# Python's torch; the system's; the wheel in the private environment.
ensure_libtorch() {
  local given=${1:-} cache before private
  if [[ -n $given ]]; then
    libtorch=$(libtorch_at "$(realpath -m "$given")") || fail "no usable LibTorch in $given"
    say "as given: $libtorch"
    return
  fi
  for cache in "$build_root"/{release,dev,asan}/CMakeCache.txt; do
    before=$(sed -n 's/^LIBTORCH_DIR:PATH=//p' "$cache" 2>/dev/null || true)
    if [[ -n $before ]] && libtorch=$(libtorch_at "$before" 2>/dev/null); then
      say "as before: $libtorch"
      return
    fi
  done
  if libtorch=$(libtorch_at "" 2>/dev/null); then
    say "found: $libtorch"
    return
  fi
  private=$(compgen -G "$build_root/python/lib/python3.*/site-packages/torch" || true)
  if [[ -z $private ]] || ! libtorch=$(libtorch_at "$private" 2>/dev/null); then
    install_torch
    private=$(compgen -G "$build_root/python/lib/python3.*/site-packages/torch")
    libtorch=$(libtorch_at "$private") || fail "the torch wheel holds no usable LibTorch"
  fi
  say "in the private environment: $libtorch"
}

# has_umappp: whether the private environment holds the headers of umappp.
has_umappp() { compgen -G "$build_root/python/lib/python3.*/site-packages/assorthead/include/umappp" >/dev/null; }

# ensure_umappp: gets them where a package index is reached. (In a shell of its own: without them the rest builds.)
ensure_umappp() {
  if has_umappp; then return; fi
  say "getting the headers of umappp ($umappp_package) into build/python"
  (ensure_private_python && private_pip install --no-compile --no-deps "$umappp_package") ||
    say "no package index has them: neurox cluster --method map will not be there"
}

# configure PRESET LIBTORCH: makes build/PRESET ready to build, unless it is.
configure() {
  local preset=$1 folder="$build_root/$1" torch=$2 log
  log="$folder/configure.log"
  if [[ -e $folder/build.ninja && (-e $folder/umappp-only || -z $(has_umappp && echo yes)) ]] &&
    grep -qxF "LIBTORCH_DIR:PATH=$torch" "$folder/CMakeCache.txt"; then return; fi
  mkdir -p "$folder"
  say "configuring (log: ${log#"$root/"})"
  (cd "$root" && "$cmake" --preset "$preset" -DLIBTORCH_DIR:PATH="$torch") >"$log" 2>&1 || {
    cat "$log" >&2
    fail "CMake could not configure build/$preset"
  }
}

# build PRESET LIBTORCH [TARGET...]: configures when needed, builds the targets (all without one).
build() {
  local folder="$build_root/$1" target
  local -a targets=()
  for target in "${@:3}"; do targets+=(--target "$target"); done
  configure "$1" "$2"
  "$cmake" --build "$folder" -j "$(jobs_for_memory)" "${targets[@]}" >&2 || fail "the build in build/$1 failed"
}

# jobs_for_memory: one compiler per core, but not more than one per 2 GB.
jobs_for_memory() {
  awk -v cores="$(nproc)" '/^MemAvailable/ {n = int($2 / 2e6)} END {if (n < 1) n = 1; print n < cores ? n : cores}' /proc/meminfo
}

# build_option OPTION [VALUE]: takes an option that quickstart.sh and test.sh share into $given_libtorch or $look_at_packages
# and sets $taken to the number of words used, 0 when the option is none of these.
given_libtorch=${LIBTORCH_DIR:-}
look_at_packages=yes
build_option() {
  taken=1
  case $1 in
    --libtorch)
      given_libtorch=${2:?--libtorch needs a folder}
      taken=2
      ;;
    --libtorch=*) given_libtorch=${1#*=} ;;
    --no-packages) look_at_packages=no ;;
    *) taken=0 ;;
  esac
}

# prepare_and_build PRESET [TARGET...]: packages, LibTorch, build.
prepare_and_build() {
  step "Packages"
  if [[ $look_at_packages == yes ]]; then ensure_packages; else say "not looked at"; fi
  step "LibTorch"
  ensure_cmake
  ensure_libtorch "$given_libtorch"
  ensure_umappp
  step "Build (build/$1)"
  build "$1" "$libtorch" "${@:2}"
}
