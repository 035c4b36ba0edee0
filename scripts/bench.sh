#!/usr/bin/env bash
# Times neurox beside its Python peers on the same work in one run, and prints a table of ratios.
#
#   scripts/bench.sh [--python PYTHON] [--sentences N] [--runs N] [extract] [probe] [rank] [attribute] [tcav] [cluster] [factors] [similarity] [generate] [score] [each]
#
#   --python PYTHON   a Python with torch, transformers, scikit-learn, captum, h5py and neurox (1.0.9, without its dependencies)
#   --sentences N     of EWT for extraction (default 1000), and thrice as many for clusters
#   --runs N          of each program, in turn (default 1): medians are printed, and the range of the ratios turn by turn
#
# Needs NEUROX_SHARED (EWT, SST-2 and a classifier), models/minilm (scripts/get-model.sh minilm) and build/release/neurox; similarity also
# NEUROX_CORR_ANALYSIS, a checkout of johnmwu/contextual-corr-analysis, and is left out without. Two threads
# on either side. Our seconds are of the whole process; a peer's are given without imports and loading, and of its whole process.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/lib/common.sh"

python=python3 sentences=1000 runs=1
parts=()
while (($#)); do
  case $1 in
    -h | --help) usage && exit ;;
    --python) python=$2 && shift 2 ;;
    --sentences) sentences=$2 && shift 2 ;;
    --runs) runs=$2 && shift 2 ;;
    extract | probe | rank | attribute | tcav | cluster | factors | similarity | generate | score | each) parts+=("$1") && shift ;;
    *) fail "unknown option $1 (see --help)" ;;
  esac
done
((${#parts[@]})) || parts=(extract probe rank attribute tcav cluster factors similarity generate score each)
: "${NEUROX_SHARED:?names the folder that holds data/ud-ewt, data/sst2, models/minilm-sst2}"
neurox=$root/build/release/neurox
model=${NEUROX_MODELS:-$root/models}/minilm
corpus=$NEUROX_SHARED/data/ud-ewt
folder=$(mktemp -d "${TMPDIR:-/tmp}/neurox-bench.XXXXXX") results=$folder/results.jsonl
trap 'rm -rf "$folder"' EXIT

# measure NAME COMMAND...: seconds and peak memory of a whole process, as a line of results.
measure() {
  local name=$1
  shift
  "$python" "$root/scripts/bench/measure.py" "$name" "$results" "$@"
}
# peer NAME ARGUMENTS...: likewise of a peer, which times its own work.
peer() { "$python" "$root/scripts/bench/peers.py" "$results" "$@"; }

sites=blocks.0.hook_resid_pre,resid_post
# run PART: every program of a part, once; files lie in $work.
run() {
  case $1 in
    extract)
      measure "extract: neurox" "$neurox" extract "$model" "$corpus/en_ewt-ud-train.conllu.gz" --limit "$sentences" --sites $sites \
        --threads 2 --quiet -o "$work/e.h5ad"
      peer extract_transformers "$corpus/en_ewt-ud-train.conllu.gz" "$model" "$sentences"
      peer extract_neurox "$corpus/en_ewt-ud-train.conllu.gz" "$model" "$sentences"
      ;;
    probe)
      "$neurox" extract "$model" "$corpus/en_ewt-ud-train.conllu.gz" --limit 3000 --sites $sites --quiet -o "$work/train.h5ad"
      "$neurox" extract "$model" "$corpus/en_ewt-ud-dev.conllu" --limit 1000 --sites $sites --quiet -o "$work/dev.h5ad"
      measure "probe 384: neurox" "$neurox" probe "$work/train.h5ad" --label upos --eval "$work/dev.h5ad" --neurons resid_post@1 \
        --no-control --no-sites --threads 2 --quiet --json -o "$work/p384.h5ad"
      peer probe_saga "$work/train.h5ad" blocks.1.hook_resid_post
      measure "probe 2688: neurox" "$neurox" probe "$work/train.h5ad" --label upos --eval "$work/dev.h5ad" --no-control --no-sites \
        --threads 2 --quiet --json -o "$work/p2688.h5ad"
      peer probe_neurox "$work/train.h5ad"
      ;;
    rank)
      # 11,520 neurons: what every method streams; 768 and 384 for those that hold a matrix.
      "$neurox" extract "$model" "$corpus/en_ewt-ud-train.conllu.gz" --limit 3000 --sites mlp_post,resid_post --quiet -o "$work/wide.h5ad"
      "$neurox" extract "$model" "$corpus/en_ewt-ud-train.conllu.gz" --limit 240 --sites resid_post@2,3 --quiet -o "$work/few.h5ad"
      for method in average-precision auroc probeless; do
        measure "$method: neurox" "$neurox" rank "$work/wide.h5ad" --label upos --method $method --threads 2 --quiet --json \
          -o "$work/$method.h5ad"
      done
      measure "probeless: reading and hashing the file" bash -c "cat '$work/wide.h5ad' | sha256sum"
      peer detectors_sklearn "$work/wide.h5ad" 40
      measure "gaussian: neurox" "$neurox" rank "$work/few.h5ad" --label upos --min-class 40 --method gaussian --count 50 --threads 2 \
        --quiet --json -o "$work/gaussian.h5ad"
      peer gaussian_intrinsic "$work/few.h5ad" 4000 50 4
      measure "forest: neurox" "$neurox" rank "$work/wide.h5ad" --label upos --method forest --trees 20 --neurons resid_post@3 \
        --threads 2 --quiet --json -o "$work/forest.h5ad"
      peer forest_sklearn "$work/wide.h5ad" blocks.3.hook_resid_post 20
      ;;
    attribute)
      classifier=$NEUROX_SHARED/models/minilm-sst2 sst2=$NEUROX_SHARED/data/sst2/dev_binary_sent.csv
      for name in conductance "integrated gradients"; do
        where=()
        [[ $name == conductance ]] && where=(--sites resid_post)
        measure "$name: neurox" "$neurox" attribute "$classifier" "$sst2" --limit 20 --method "${name// /-}" "${where[@]}" --target 1 \
          --tolerance 0 --threads 2 --quiet --json -o "$work/${name// /-}.h5ad"
      done
      measure "units: neurox" "$neurox" attribute "$classifier" "$sst2" --limit 3 --method ablation --sites mlp_post@3 --target 1 \
        --threads 2 --quiet --json -o "$work/units.h5ad"
      peer conductance_captum "$classifier" "$sst2" 20
      peer ig_captum "$classifier" "$sst2" 20
      peer units_captum "$classifier" "$sst2" 3
      ;;
    tcav)
      classifier=$NEUROX_SHARED/models/minilm-sst2 sst2=$NEUROX_SHARED/data/sst2/dev_binary_sent.csv
      # A concept and five random sets of 50 texts each, after the 100 sentences that are scored.
      "$python" - "$sst2" "$work" <<'END'
import csv, random, sys
with open(sys.argv[1], encoding="utf8") as f:
    rows = list(csv.DictReader(f))[100:]
draw = random.Random(1)
sets = {"concept": [r for r in rows if r["label"] == "1"], **{f"random{i}": rows for i in range(5)}}
for name, pool in sets.items():
    with open(f"{sys.argv[2]}/{name}.txt", "w", encoding="utf8") as f:
        f.writelines(r["sentence"] + "\n" for r in draw.sample(pool, 50))
END
      measure "tcav: neurox" "$neurox" tcav "$classifier" "$sst2" --limit 100 --concept positive="$work/concept.txt" \
        --random "$work"/random?.txt --sites resid_post --at mean --target 1 --threads 2 --quiet --json -o "$work/tcav.h5ad"
      peer tcav_captum "$classifier" "$work/concept.txt" "$sst2" 100 "$work"/random?.txt
      ;;
    cluster)
      # 9,984 neurons; 3,000 sentences are some 50,000 tokens.
      "$neurox" extract "$model" "$corpus/en_ewt-ud-train.conllu.gz" --limit $((3 * sentences)) --sites mlp_post,resid_post@0,1 --quiet \
        -o "$work/wide.h5ad"
      measure "neuron clusters: neurox" "$neurox" cluster "$work/wide.h5ad" --threshold 0.5 --threads 2 --quiet --json -o "$work/c.h5ad"
      peer clusters_scipy "$work/wide.h5ad" "$work/c.h5ad"
      ;;
    factors)
      "$neurox" extract "$model" "$corpus/en_ewt-ud-train.conllu.gz" --limit "$sentences" --sites mlp_post@3,resid_post@3 --quiet \
        -o "$work/a.h5ad"
      measure "NMF: neurox" "$neurox" cluster "$work/a.h5ad" --method nmf --neurons mlp_post@3 --count 16 --threads 2 --quiet --json \
        -o "$work/nmf.h5ad"
      peer nmf_sklearn "$work/a.h5ad" blocks.3.mlp.hook_post 16
      measure "k-means: neurox" "$neurox" cluster "$work/a.h5ad" --method kmeans --neurons resid_post@3 --clusters 100 --threads 2 --quiet \
        --json -o "$work/means.h5ad"
      peer kmeans_sklearn "$work/a.h5ad" blocks.3.hook_resid_post 100
      ;;
    similarity)
      [[ -n ${NEUROX_CORR_ANALYSIS:-} ]] || { echo "similarity is left out: NEUROX_CORR_ANALYSIS is not set" >&2 && return; }
      # Fourteen layers of two models, each against every other.
      for name in one other; do
        from=$model
        [[ $name == other ]] && from=$NEUROX_SHARED/models/minilm-sst2
        "$neurox" extract "$from" "$corpus/en_ewt-ud-train.conllu.gz" --limit "$sentences" --sites $sites --quiet -o "$work/$name.h5ad"
      done
      # The peer's program as its readme runs it, on the same activations in the files that it reads.
      for name in one other; do
        "$neurox" export "$work/$name.h5ad" --quiet -o "$work/$name.hdf5" >/dev/null
        echo "$work/$name.hdf5" >>"$work/files.txt"
        echo all,f,f >>"$work/layers.txt"
      done
      for method in cka svcca; do
        measure "${method^^}: neurox" "$neurox" cluster "$work/one.h5ad" "$work/other.h5ad" --method $method --threads 2 --quiet --json \
          -o "$work/$method.h5ad"
        peer side_by_side_corr "$NEUROX_CORR_ANALYSIS" "$work/one.h5ad" "$work/other.h5ad" $method
        theirs=lincka
        [[ $method == svcca ]] && theirs=cca
        measure "${method^^}: contextual-corr-analysis, its program" "$python" "$NEUROX_CORR_ANALYSIS/main.py" --methods $theirs \
          --opt_fname "$work/layers.txt" --disable_cuda "$work/files.txt" "$work/theirs" 2> >(grep -v -E 'it/s|s/it' >&2)
      done
      measure "CKA and SVCCA: neurox" "$neurox" cluster "$work/one.h5ad" "$work/other.h5ad" --method cka --also svcca --threads 2 --quiet \
        --json -o "$work/{method}.both.h5ad"
      peer side_by_side_corr "$NEUROX_CORR_ANALYSIS" "$work/one.h5ad" "$work/other.h5ad" cka svcca
      ;;
    generate)
      # One prompt, so that neither side batches; untouched and with three units held: 200 tokens in all.
      writer=${NEUROX_MODELS:-$root/models}/smollm2-135m
      echo 'Once upon a time, in a small village by the sea, there lived' >"$work/prompts.txt"
      measure "generate: neurox" "$neurox" ablate "$writer" "$work/prompts.txt" --neurons mlp_post@20:3,100,777 --operation set=8 \
        --generate 100 --threads 2 --quiet --json -o "$work/written.h5ad"
      peer generate_transformers "$writer" "$work/prompts.txt" 100
      ;;
    score)
      # Paragraphs of prose. The peer sorts them by length into batches of 16.
      writer=${NEUROX_MODELS:-$root/models}/smollm2-135m
      grep -m 100 -v -E '^ *(=.*)?$' "$NEUROX_SHARED/data/wikitext-2/test.txt" | sed 's/^ *//; s/ *$//' >"$work/text.txt"
      measure "score: neurox" "$neurox" ablate "$writer" "$work/text.txt" --measure likelihood --threads 2 --quiet --json -o "$work/score.h5ad"
      measure "score: neurox, extraction of all resid_post" "$neurox" extract "$writer" "$work/text.txt" --sites resid_post --threads 2 \
        --quiet -o "$work/all.h5ad"
      peer score_transformers "$writer" "$work/text.txt"
      ;;
    each)
      # What 200 sentences lose without each of the 1,536 units of block 3.
      classifier=$NEUROX_SHARED/models/minilm-sst2 sst2=$NEUROX_SHARED/data/sst2/dev_binary_sent.csv
      measure "every unit: neurox" "$neurox" ablate "$classifier" "$sst2" --limit 200 --neurons mlp_post@3 --each --as-ranking --threads 2 \
        --quiet --json -o "$work/each.h5ad"
      peer units_captum "$classifier" "$sst2" 200 10
      ;;
  esac
}
for part in "${parts[@]}"; do
  for ((turn = 0; turn < runs; ++turn)); do
    work=$folder/$part && mkdir "$work"
    run "$part"
    rm -rf "$work"
  done
done
"$python" "$root/scripts/bench/table.py" "$results"
