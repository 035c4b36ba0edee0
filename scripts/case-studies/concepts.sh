#!/usr/bin/env bash
# The tutorial's study of concepts in a text CNN, a TorchScript file: do its convolutions and its hidden layer hold "positive
# adjectives", and does the class depend on it? Scores against five neutral sets, against many sets drawn from them, and what
# the prediction uses at the same places. Ends with a report to open.
#
#   scripts/case-studies/concepts.sh [FOLDER]
#
# Needs NEUROX_SHARED (models/cnn-sst2, data/sst2, data/tcav-text) and build/release/neurox. FOLDER: build/case-studies/concepts.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/../lib/common.sh"
case ${1:-} in
  -h | --help) usage && exit ;;
esac
: "${NEUROX_SHARED:?names the folder that holds models/cnn-sst2, data/sst2 and data/tcav-text}"
neurox=${NEUROX_BINARY:-$build_root/release/neurox}
model=$NEUROX_SHARED/models/cnn-sst2/model.ts
dev=$NEUROX_SHARED/data/sst2/dev_binary_sent.csv
texts=$NEUROX_SHARED/data/tcav-text
out=${1:-$build_root/case-studies/concepts}
mkdir -p "$out"
# The lists are filled up to seven words with `pad` and points: how many of them is no part of the concept.
fill=(--concept-format text --drop-word pad --drop-word .)
sites=windows.0.act,windows.1.act,windows.2.act,hidden_act

step "The model and its sites"
"$neurox" info "$model"
step "Positive adjectives against five neutral sets"
"$neurox" tcav "$model" "$dev" --concept "positive=$texts/positive-adjectives.csv" "${fill[@]}" --random "$texts"/neutral*.csv \
  --sites "$sites" --directions "$out/directions.h5ad" -o "$out/five.h5ad" --force
step "The same against 30 sets drawn from all neutral texts"
cat "$texts"/neutral*.csv >"$out/neutral.txt"
"$neurox" tcav "$model" "$dev" --concept "positive=$texts/positive-adjectives.csv" "${fill[@]}" --random-from "$out/neutral.txt" \
  --runs 30 --sites "$sites" -o "$out/many.h5ad" --force
step "A neutral set as concept: it should score as random vectors do"
"$neurox" tcav "$model" "$dev" --concept "neutral=$texts/neutral.csv" "${fill[@]}" --random "$texts"/neutral[2-5].csv \
  --sites "$sites" -o "$out/neutral.h5ad" --force
step "Neurons that predictions use at these sites, and the model without them"
"$neurox" attribute "$model" "$dev" --limit 200 --method conductance --sites "$sites" --show 10 -o "$out/neurons.h5ad" --force
"$neurox" ablate "$model" "$dev" --ranking "$out/neurons.h5ad" --top 5,20,50 --bottom 5,20,50 --random 5 -o "$out/ablation.h5ad" --force
step "The model without the neurons that make up the concept's vector"
"$neurox" ablate "$model" "$dev" --ranking "$out/directions.h5ad" --top 5,20,50 --random 5 --match-sites -o "$out/without.h5ad" --force
step "Words"
"$neurox" attribute "$model" "$dev" --limit 20 --method integrated-gradients,sampled-shapley,occlusion --faithfulness --show 0 \
  -o "$out/words.h5ad" --force
step "Report"
"$neurox" report "$out/five.h5ad" "$out/many.h5ad" "$out/neutral.h5ad" "$out/words.h5ad" "$out/neurons.h5ad" "$out/ablation.h5ad" \
  --title "Concepts in a text CNN" -o "$out/report.html" --force
say "open this in a browser:"
printf '%s\n' "$out/report.html"
