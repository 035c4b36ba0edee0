#!/usr/bin/env bash
# A translation model and its neurons: a small Transformer that writes Arabic names in Latin letters. Which neurons know the next letter,
# what the model loses without them, and how far a push along a direction turns one vowel into another. Ends with a report to open.
#
#   scripts/case-studies/translation.sh [FOLDER]
#
# Needs NEUROX_SHARED (models/ct2-aren-transliteration), build/release/neurox, and NEUROX_PYTHON (python3) with numpy and safetensors, which
# writes the model as a folder. FOLDER: build/case-studies/translation. NAMES (100) of scripts/case-studies/names.tsv are translated under edits;
# FROM (a) and TO (i) are the vowels.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "$0")/../lib/common.sh"
case ${1:-} in
  -h | --help) usage && exit ;;
esac
: "${NEUROX_SHARED:?names the folder that holds models/ct2-aren-transliteration}"
neurox=${NEUROX_BINARY:-$build_root/release/neurox}
out=${1:-$build_root/case-studies/translation}
names=${NAMES:-100} from=${FROM:-a} to=${TO:-i}
model=$out/aren-transliteration
mkdir -p "$out"

step "The model as a folder"
[[ -e $model/model.safetensors ]] || "${NEUROX_PYTHON:-python3}" "$root/scripts/convert/ct2_to_folder.py" "$NEUROX_SHARED/models/ct2-aren-transliteration" "$model"
tail -n +2 "$root/scripts/case-studies/names.tsv" | cut -f 1 >"$out/names.txt"
tail -n +2 "$root/scripts/case-studies/names.tsv" | cut -f 2 >"$out/spelt.txt"
head -n "$names" "$out/names.txt" >"$out/some.txt"

step "What it writes, greedily and with beams, against the names as they are spelt"
"$neurox" ablate "$model" "$out/names.txt" --generate 30 --beams 1 --references "$out/spelt.txt" -o "$out/greedy.h5ad" --force
"$neurox" ablate "$model" "$out/some.txt" --generate 30 --beams 4 -o "$out/beams.h5ad" --force
# Its own texts are what it reads from here on, and what edited texts are held against.
"$neurox" export "$out/greedy.h5ad" --table texts -o "$out/greedy.csv" --force --quiet >/dev/null
awk -F , 'NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next } { print $at["text"] }' "$out/greedy.csv" >"$out/own.txt"
head -n "$names" "$out/own.txt" >"$out/some.own.txt"
{ printf 'arabic\tlatin\n' && paste "$out/names.txt" "$out/own.txt"; } >"$out/own.tsv"

step "Does a letter come from the name, or from the letters before it"
"$neurox" attribute "$model" "$out/own.tsv" --text-column arabic --pair-column latin --limit 30 --shares --method input-x-gradient --baseline zero \
  -o "$out/shares.h5ad" --force

step "Which neurons know the letter that comes next"
# A row for each beginning of a text: the place from which the next letter is chosen.
awk -F '\t' 'NR == 1 { print "arabic\tprefix\tnext"; next } { for (i = 1; i < length($2); ++i) print $1 "\t" substr($2, 1, i) "\t" substr($2, i + 1, 1) }' \
  "$out/own.tsv" >"$out/prefixes.tsv"
prefixes=(--text-column arabic --pair-column prefix)
"$neurox" extract "$model" "$out/prefixes.tsv" "${prefixes[@]}" --unit sentence --sentence-pooling last --over words --pooling last \
  --sites decoder_mlp_post,decoder_resid_post -o "$out/next.h5ad" --force
"$neurox" rank "$out/next.h5ad" --label next --neurons decoder_mlp_post --method auroc --min-class 20 --show 5 -o "$out/next.rank.h5ad" --force

step "Which heads carry names over: what the next letter loses without each"
"$neurox" attribute "$model" "$out/prefixes.tsv" "${prefixes[@]}" --limit 200 --target next --method ablation \
  --sites encoder_attn_z,decoder_attn_z,decoder_cross_z --groups head --baseline zero -o "$out/heads.h5ad" --force

step "Held where they are when '$to' comes next, or at nothing: what is written then, and at what cost"
"$neurox" ablate "$model" "$out/some.txt" --ranking "$out/next.rank.h5ad" --concept "$to" --top 4,16 --random 1 \
  --operation quantile=0.5,quantile=0.95,zero --quantiles-of "$out/next.h5ad" --where "next=$to" --generate 30 --beams 1 --words "/$to/" \
  --references "$out/some.own.txt" -o "$out/held.h5ad" --force

step "From '$from' to '$to': the difference of means, added before the next letter is chosen"
"$neurox" rank "$out/next.h5ad" --label next --classes "$from,$to" --method mean-difference --standardise no --neurons decoder_resid_post@5 \
  -o "$out/vowels.rank.h5ad" --force
pushed=(--vector "$out/vowels.rank.h5ad" --concept "$to" --neurons decoder_resid_post@5 --unit-vector --generate 30 --words "/$to/"
  --references "$out/some.own.txt")
"$neurox" ablate "$model" "$out/some.txt" "${pushed[@]}" --operation add=-8,add=-4,add=-2,add=2,add=4,add=8 --beams 1 -o "$out/pushed.h5ad" --force
"$neurox" ablate "$model" "$out/some.txt" "${pushed[@]}" --operation add=8 --beams 4 -o "$out/pushed.beams.h5ad" --force

step "Report"
"$neurox" report "$out"/{pushed,held,greedy,shares,heads}.h5ad "$out"/{next,vowels}.rank.h5ad "$out/next.h5ad" \
  --title "Names in Latin letters" -o "$out/report.html" --force
say "open this in a browser:"
printf '%s\n' "$out/report.html"
