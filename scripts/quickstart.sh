#!/usr/bin/env bash
# Builds neurox, fetches a pretrained BERT, and runs the main job on annotated English, up to a report to open.
#
#   scripts/quickstart.sh [--libtorch DIR] [--no-packages]
#
#   --libtorch DIR   a LibTorch of yours: an unpacked libtorch or site-packages/torch (also: LIBTORCH_DIR)
#   --no-packages    do not look for Debian packages
#
# Missing Debian or Ubuntu packages are installed when root runs this, else named. LibTorch is DIR, or what was used last,
# the current Python's torch, the system's, or the torch wheel in a private environment: the first that is fit. Changes
# nothing outside this checkout but packages. A second run does only what is not done yet.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"
# shellcheck source=scripts/lib/build.sh
. "$root/scripts/lib/build.sh"

while (($#)); do
  case $1 in
    -h | --help) usage && exit ;;
  esac
  build_option "$@"
  ((taken)) || fail "unknown option $1 (see --help)"
  shift "$taken"
done

prepare_and_build release neurox_app neurox_pages
neurox="$build_root/release/neurox"

step "Model (models/minilm)"
"$root/scripts/get-model.sh" minilm

step "The main job (build/quickstart)"
cd "$root"
out=build/quickstart
data=testdata/ewt
model=models/minilm
mkdir -p "$out"

# make_file FILE INPUT... -- COMMAND...: runs COMMAND, which writes FILE, unless FILE is newer than every INPUT and the
# program. What COMMAND prints is kept beside FILE and shown either way.
make_file() {
  local file=$1 log=${1%.*}.txt
  local -a inputs=("$neurox")
  shift
  while [[ $1 != -- ]]; do inputs+=("$1") && shift; done
  shift
  printf '\n$ %s\n' "neurox ${*:2}" >&2
  if up_to_date "$file" "${inputs[@]}"; then
    say "up to date"
    cat "$log"
  else
    "$@" --force | tee "$log.partial"
    mv "$log.partial" "$log"
  fi
}

weights=$model/model.safetensors
make_file $out/train.h5ad $data/train.conllu $weights -- \
  "$neurox" extract $model $data/train.conllu -o $out/train.h5ad --sites resid_post
make_file $out/dev.h5ad $data/dev.conllu $weights -- \
  "$neurox" extract $model $data/dev.conllu -o $out/dev.h5ad --sites resid_post
make_file $out/upos.probe.h5ad $out/train.h5ad $out/dev.h5ad -- \
  "$neurox" probe $out/train.h5ad --label upos --eval $out/dev.h5ad -o $out/upos.probe.h5ad
make_file $out/upos.rank.h5ad $out/upos.probe.h5ad -- \
  "$neurox" rank $out/upos.probe.h5ad -o $out/upos.rank.h5ad
make_file $out/upos.ablate.h5ad $data/dev.conllu $weights $out/upos.rank.h5ad $out/upos.probe.h5ad -- \
  "$neurox" ablate $model $data/dev.conllu --ranking $out/upos.rank.h5ad --probe $out/upos.probe.h5ad \
  --top 1%,5%,20% --random 10 -o $out/upos.ablate.h5ad
make_file $out/report.html $out/dev.h5ad $out/upos.probe.h5ad $out/upos.rank.h5ad $out/upos.ablate.h5ad -- \
  "$neurox" report $out/dev.h5ad $out/upos.probe.h5ad $out/upos.rank.h5ad $out/upos.ablate.h5ad -o $out/report.html

step "Done"
say "the program: build/release/neurox      the model: models/minilm      the files: $out/"
say "open this in a browser:"
printf '%s\n' "$root/$out/report.html"
