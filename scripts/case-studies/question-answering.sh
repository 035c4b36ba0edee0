#!/usr/bin/env bash
# The tutorial's question answering case study: what the start and the end of an answer use, by token and layer; how a token's
# conductance is spread over the neurons of each layer; which kinds of token matter where over many questions; and which parts of
# speech the neurons encode that answers use most. Ends with a report to open.
#
#   scripts/case-studies/question-answering.sh [FOLDER]
#
# Needs NEUROX_SHARED (models/minilm-qa, data/qa, data/ud-ewt) and build/release/neurox. FOLDER: build/case-studies/question-answering.
# QUESTIONS (40) of XQuAD are explained, SENTENCES (2000) of EWT train the probe.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/../lib/common.sh"
case ${1:-} in
  -h | --help) usage && exit ;;
esac
: "${NEUROX_SHARED:?names the folder that holds models/minilm-qa, data/qa and data/ud-ewt}"
neurox=${NEUROX_BINARY:-$build_root/release/neurox}
model=$NEUROX_SHARED/models/minilm-qa
questions=$NEUROX_SHARED/data/qa/xquad-en-eval.json
treebank=$NEUROX_SHARED/data/ud-ewt
out=${1:-$build_root/case-studies/question-answering}
mkdir -p "$out"

cat >"$out/bronte.json" <<'JSON'
{"data": [{"title": "Emily Bronte", "paragraphs": [{
  "context": "Emily Bronte wrote the novel Wuthering Heights, which was published in 1847.",
  "qas": [{"id": "who", "question": "Who wrote the novel?", "answers": [{"text": "Emily Bronte", "answer_start": 0}]}]}]}]}
JSON

step "One question: words, and every block's neurons, for the start and the end of the answer"
for end in start end; do
  "$neurox" attribute "$model" "$out/bronte.json" --target $end --method integrated-gradients,sampled-shapley --show 0 \
    -o "$out/words-$end.h5ad" --force
  "$neurox" attribute "$model" "$out/bronte.json" --target $end --method conductance --sites resid_post --keep-words Who,Bronte --show 5 \
    -o "$out/$end.h5ad" --force
done
step "Many questions: kinds of token at every block"
for end in start end; do
  "$neurox" attribute "$model" "$questions" --target $end --limit "${QUESTIONS:-40}" --long skip --method conductance --sites resid_post \
    --by segment --steps 20 --tolerance 0.05 --most-steps 160 --show 5 -o "$out/xquad-$end.h5ad" --force
done
step "What the same neurons encode: parts of speech"
"$neurox" extract "$model" "$treebank/en_ewt-ud-train.conllu.gz" --limit "${SENTENCES:-2000}" --sites resid_post --labels upos --dtype f16 \
  -o "$out/train.h5ad" --force
"$neurox" extract "$model" "$treebank/en_ewt-ud-dev.conllu" --sites resid_post --labels upos --dtype f16 -o "$out/dev.h5ad" --force
"$neurox" probe "$out/train.h5ad" --label upos --eval "$out/dev.h5ad" -o "$out/upos.probe.h5ad" --force
"$neurox" rank "$out/upos.probe.h5ad" -o "$out/upos.rank.h5ad" --force
step "Report"
"$neurox" report "$out"/words-{start,end}.h5ad "$out"/{start,end}.h5ad "$out"/xquad-{start,end}.h5ad "$out"/upos.{probe,rank}.h5ad \
  --title "What an answer to a question uses" -o "$out/report.html" --force
say "open this in a browser:"
printf '%s\n' "$out/report.html"
