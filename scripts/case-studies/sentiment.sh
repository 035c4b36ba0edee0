#!/usr/bin/env bash
# The tutorial's sentiment case study: what a classifier of film reviews uses, from words over pairs of words and neurons to a
# concept, and what it loses without the neurons that it uses most. Ends with a report to open.
#
#   scripts/case-studies/sentiment.sh [FOLDER]
#
# Needs NEUROX_SHARED (models/minilm-sst2, data/sst2, data/tcav-text, data/ud-ewt) and build/release/neurox. FOLDER: build/case-studies/sentiment.
# SENTENCES (1000) of EWT train the probe that tells what neurons encode.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/../lib/common.sh"
case ${1:-} in
  -h | --help) usage && exit ;;
esac
: "${NEUROX_SHARED:?names the folder that holds models/minilm-sst2, data/sst2, data/tcav-text and data/ud-ewt}"
neurox=${NEUROX_BINARY:-$build_root/release/neurox}
model=$NEUROX_SHARED/models/minilm-sst2
dev=$NEUROX_SHARED/data/sst2/dev_binary_sent.csv
texts=$NEUROX_SHARED/data/tcav-text
treebank=$NEUROX_SHARED/data/ud-ewt
out=${1:-$build_root/case-studies/sentiment}
mkdir -p "$out"

step "Words: integrated gradients and Shapley values, and whether they are faithful"
"$neurox" attribute "$model" "$dev" --limit 20 --method integrated-gradients,sampled-shapley,saliency --faithfulness --show 0 \
  -o "$out/words.h5ad" --force
step "Pairs of words"
"$neurox" attribute "$model" "$dev" --limit 5 --method shapley-taylor,arch-detect --samples 5 --show 10 -o "$out/pairs.h5ad" --force
step "Neurons: conductance of every block, and how the words that count most are spread over neurons"
"$neurox" attribute "$model" "$dev" --limit 100 --method conductance --sites resid_post --show 10 -o "$out/neurons.h5ad" --force
"$neurox" attribute "$model" "$dev" --limit 2 --method conductance --sites resid_post --keep-words 2 --show 0 -o "$out/spread.h5ad" --force
step "Which of the neurons that predictions use count together"
"$neurox" attribute "$model" "$dev" --limit 10 --method shapley-taylor,arch-detect --ranking "$out/neurons.h5ad" --top 10 --show 10 \
  -o "$out/together.h5ad" --force
step "What the same neurons encode: parts of speech"
"$neurox" extract "$model" "$treebank/en_ewt-ud-train.conllu.gz" --limit "${SENTENCES:-1000}" --sites resid_post --labels upos --dtype f16 \
  -o "$out/train.h5ad" --force
"$neurox" probe "$out/train.h5ad" --label upos -o "$out/upos.probe.h5ad" --force
"$neurox" rank "$out/upos.probe.h5ad" -o "$out/upos.rank.h5ad" --force
step "Without the neurons that predictions use most"
"$neurox" ablate "$model" "$dev" --ranking "$out/neurons.h5ad" --top 0.5%,1%,2%,5% --bottom 0.5%,1%,2%,5% --random 5 --match-sites \
  -o "$out/ablation.h5ad" --force
step "A concept: positive adjectives against neutral texts"
"$neurox" tcav "$model" "$dev" --concept "positive=$texts/positive-adjectives.csv" --concept-format text --drop-word pad \
  --random "$texts"/neutral*.csv --sites resid_post -o "$out/concept.h5ad" --force
step "Report"
"$neurox" report "$out"/{words,pairs,neurons,spread,together}.h5ad "$out"/upos.{probe,rank}.h5ad "$out"/{ablation,concept}.h5ad \
  --title "What a sentiment classifier uses" -o "$out/report.html" --force
say "open this in a browser:"
printf '%s\n' "$out/report.html"
