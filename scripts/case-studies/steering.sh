#!/usr/bin/env bash
# Control of what a language model writes: neurons of a feeling held at a value, and a push along a direction, dose by dose, with what it costs;
# and the neurons and heads by way of which a profession decides between he and she. Ends with a report to open.
#
#   scripts/case-studies/steering.sh [FOLDER]
#
# Needs NEUROX_SHARED (data/sst2, data/opinion-lexicon), SmolLM2 (scripts/get-model.sh smollm2) in NEUROX_MODELS (models/) and build/release/neurox.
# FOLDER: build/case-studies/steering. SENTENCES (300) of film reviews are read, SAMPLES (3) texts of TOKENS (20) written for each of ten prompts.
# BLOCK (14) is where the direction is added.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/../lib/common.sh"
case ${1:-} in
  -h | --help) usage && exit ;;
esac
: "${NEUROX_SHARED:?names the folder that holds data/sst2 and data/opinion-lexicon}"
neurox=${NEUROX_BINARY:-$build_root/release/neurox}
model=${NEUROX_MODELS:-$root/models}/smollm2-135m
reviews=$NEUROX_SHARED/data/sst2/train_binary_sent.csv
out=${1:-$build_root/case-studies/steering}
sentences=${SENTENCES:-300} block=${BLOCK:-14}
mkdir -p "$out"
[[ -e $model/config.json ]] || fail "$model: no model; scripts/get-model.sh smollm2"

step "The words that a feeling is counted by"
unzip -p "$NEUROX_SHARED/data/opinion-lexicon/opinion_lexicon.zip" opinion_lexicon/positive-words.txt | iconv -f latin1 -t utf8 >"$out/positive.txt"
printf '%s\n' 'The film' 'I watched it last night and' 'The actors in this movie' 'My friend said that the restaurant' 'The hotel room was' \
  'After a week with the new phone' 'After the meeting she felt' 'The weather today' 'Our neighbours are' 'The book begins with' >"$out/prompts.txt"
# Labels 0 and 1 of the reviews are for its readers: here they are feelings.
awk 'NR == 1 { sub(/label/, "feeling") } { sub(/^0,/, "negative,"); sub(/^1,/, "positive,") } 1' "$reviews" >"$out/reviews.csv"

step "Expert units: neurons whose largest activation in a sentence tells its feeling"
"$neurox" extract "$model" "$out/reviews.csv" --limit "$sentences" --unit sentence --sentence-pooling max --sites mlp_post --labels feeling --dtype f16 \
  -o "$out/sentences.h5ad" --force
"$neurox" rank "$out/sentences.h5ad" --label feeling --method average-precision --show 5 -o "$out/experts.rank.h5ad" --force
step "A direction: what the words of positive sentences are on average, less the negative ones'"
# A first word holds an attention sink of another order of size than all else.
"$neurox" extract "$model" "$out/reviews.csv" --limit "$sentences" --sites "resid_post@$block" --labels feeling -o "$out/words.h5ad" --force
"$neurox" label "$out/words.h5ad" --narrow tone=feeling --among 'edge!=first' -o "$out/words.labels.h5ad" --force
"$neurox" rank "$out/words.h5ad" --labels "$out/words.labels.h5ad" --label tone --method mean-difference --standardise no --show 5 \
  -o "$out/direction.rank.h5ad" --force

write=(--generate "${TOKENS:-20}" --samples "${SAMPLES:-3}" --temperature 0.7 --top-p 0.9 --words "$out/positive.txt")
step "Dose: how many neurons, held how high"
"$neurox" ablate "$model" "$out/prompts.txt" --ranking "$out/experts.rank.h5ad" --concept positive --top 20,200,1000 --random 1 \
  --operation quantile=0.5,quantile=0.9 --quantiles-of "$out/sentences.h5ad" --where feeling=positive --positions generated "${write[@]}" \
  -o "$out/held.h5ad" --force
step "Dose: how far along the direction, and back"
"$neurox" ablate "$model" "$out/prompts.txt" --vector "$out/direction.rank.h5ad" --concept positive --neurons "resid_post@$block" \
  --operation add=-8,add=-4,add=-2,add=2,add=4,add=8 --positions generated "${write[@]}" -o "$out/pushed.h5ad" --force
step "The same push, as likely words instead of samples, without going round in circles"
"$neurox" ablate "$model" "$out/prompts.txt" --vector "$out/direction.rank.h5ad" --concept positive --neurons "resid_post@$block" \
  --operation add=-4,add=4 --positions generated --generate "${TOKENS:-20}" --no-repeat 3 --repetition-penalty 1.2 --words "$out/positive.txt" \
  -o "$out/greedy.h5ad" --force
step "He or she: through which heads and blocks a profession decides"
printf '%s\n' nurse engineer teacher mechanic >"$out/professions.txt"
mediate=(--template 'The {} said that' --counterparts 'man=he,woman=she' --positions differing)
"$neurox" ablate "$model" "$out/professions.txt" "${mediate[@]}" --mediate site --neurons mlp_out -o "$out/blocks.h5ad" --force
"$neurox" ablate "$model" "$out/professions.txt" "${mediate[@]}" --mediate neuron --neurons mlp_out@0 -o "$out/he-she.h5ad" --force

step "Report"
"$neurox" report "$out"/{pushed,held,greedy}.h5ad "$out"/{experts,direction}.rank.h5ad "$out"/{blocks,he-she}.h5ad \
  --title "What a language model can be made to write" -o "$out/report.html" --force
say "open this in a browser:"
printf '%s\n' "$out/report.html"
