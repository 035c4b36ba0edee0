"""Findings about what models lose without neurons, and what they write when neurons are held at a value."""

import statistics

import figures
import intervals as iv
from finding import Number, Reading, finding

TAGS = ["ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "VERB"]


def by_sentence(row):
    """The losses of a condition, sentence by sentence (columns 0, 1, ...)."""
    return [float(value) if value else 0.0 for key, value in row.items() if key.isdigit()]


@finding(
    "ablation-order", "Ablation: top costs more than random, random more than bottom; the model's own ranking more than a concept's",
    "Removing the first neurons of a ranking hurts more than removing random ones, and these more than the last; a ranking by a probed concept hurts less than one by the model's own output; a class's neurons "
    "hurt their own class (Dalvi et al., AAAI 2019; Bau et al., ICLR 2019; tutorial).",
    "A twentieth of the neurons taken away in a BiLSTM tagger and in MiniLM for SST-2 (zero; loss: confidence in the answer), in SmolLM2 (zero, the first word spared; loss: negative log-likelihood) and in a character LSTM (zero; the same). "
    "Ranked by a concept (parts of speech; quotation in the LSTM) and by the model (conductance; each unit's own loss in the two small models); ten random draws. Of the tagger also the first twentieth of each tag alone.",
    "In every model, by the model's own ranking: loss without the top less that without random neurons (mean over draws) above 0, random less bottom above 0; and the model's own top less the concept's above 0, all paired by sentence "
    "(Student's interval). And a tag's own neurons cost its words more recall than those of all other tags: mean difference over tags above 0.")
def ablation_order(files):
    titles = {"bilstm": "BiLSTM tagger", "minilm-sst2": "MiniLM, SST-2", "smollm": "SmolLM2", "lstm": "character LSTM"}
    numbers, drawn = [], []
    for model, title in titles.items():
        loss = {}
        table = [row for row in files.csv(f"{model}.lost") if not row["class"]]
        intact = by_sentence(next(row for row in table if row["group"] == "none"))
        for row in table:
            if row["group"] == "none":
                continue
            kind = "own" if ".own" in row["ranking"] else "concept"
            loss.setdefault((kind, row["group"]), []).append([a - b for a, b in zip(by_sentence(row), intact)])
        of = {key: [statistics.fmean(values) for values in zip(*draws)] for key, draws in loss.items()}
        random = of.get(("own", "random")) or of["concept", "random"]

        def less(a, b):
            return iv.mean([x - y for x, y in zip(a, b)])

        for what, a, b in (("top less random", of["own", "top"], random), ("random less bottom", random, of["own", "bottom"]),
                           ("own ranking's top less concept's", of["own", "top"], of["concept", "top"])):
            gap = less(a, b)
            numbers.append(Number(f"{title}: {what}", gap, iv.above(gap)))
        rows = []
        for what, values in (("top, the model's own", of["own", "top"]), ("top, a concept's", of["concept", "top"]), ("random", random),
                             ("bottom, the model's own", of["own", "bottom"]), ("bottom, a concept's", of["concept", "bottom"])):
            rows.append((what, *iv.mean(values)))
        unit = "confidence lost" if model in ("bilstm", "minilm-sst2") else "nats a sentence"
        drawn.append((f"{title}: loss of a sentence without a twentieth of the neurons.", figures.intervals(rows, unit, null=0)))
    own, other = [], []
    tag_rows = []
    for tag in TAGS:
        table = [row for row in files.csv(f"bilstm.{tag}.lost") if row["group"] == "top" and row["target"] == "model" and row["class"]]
        mine = next(float(row["accuracy_drop"]) for row in table if row["class"] == tag)
        tokens = sum(int(float(row["tokens"])) for row in table if row["class"] != tag)
        others = sum(float(row["accuracy_drop"]) * int(float(row["tokens"])) for row in table if row["class"] != tag) / tokens
        own.append(mine)
        other.append(others)
        tag_rows += [(tag, mine, mine, mine, "its own words"), (tag, others, others, others, "all other words")]
    gap = iv.mean([a - b for a, b in zip(own, other)])
    numbers.append(Number("tagger: recall lost by the tag's own words less by all others", gap, iv.above(gap), percent=True))
    return Reading(iv.together(n.verdict for n in numbers), numbers,
                   drawn + [("Recall lost without the first twentieth of a tag's neurons.", figures.intervals(tag_rows, "recall lost", null=0, percent=True))])


@finding(
    "switching", "Holding a few neurons switches tense, gender, number",
    "In translation single neurons switch tense in 67, gender in 21, number in 33–37&nbsp;% of the sentences (Bau et al., ICLR 2019); holding 0.05&nbsp;% of GPT-2's units forces a concept "
    "(Suau et al., ICML 2022).",
    "SmolLM2 goes on from twenty prompts, three texts of twenty tokens each, with the units of its MLPs that detect a concept best (by average precision over sentences) held at their median where the concept is: "
    "23 of 46,080 (0.05&nbsp;%), 230, and 23 random ones. Concepts: past tense, feminine, plural, by lists of words. Switched: a text without the concept's words has them under the same draws.",
    "For each concept a larger share is switched by the 23 best units than by 23 random ones: difference of the shares above 0 (Newcombe's interval).")
def switching(files):
    numbers, rows, costs, examples = [], [], [], []
    for concept, title, literature in (("tense", "past tense", "67 %"), ("gender", "feminine", "21 %"), ("many", "plural", "33–37 %")):
        said = files.json(f"{concept}.switched")["effects"]
        texts = {}
        for row in files.csv(f"{concept}.switched"):
            texts.setdefault(int(float(row["condition"])), {})[row["prompt"], row["sample"]] = row
        free = [key for key, row in texts[0].items() if not row["concept_words"].strip()]
        shares = {}
        names = {0: "untouched"}
        for k, effect in list(enumerate(said))[1:]:
            names[k] = f"{effect['ablated']} {effect['neurons']}"
            shares[names[k]] = sum(bool(texts[k][key]["concept_words"].strip()) for key in free) / len(free)
            if names[k] != "random 230":
                rows.append((title, *iv.share(shares[names[k]] * len(free), len(free)), {"top": "best", "random": "random"}[effect["ablated"]] + f" {effect['neurons']}"))
                costs.append((title, *(effect["perplexity_ratio"],) * 3, {"top": "best", "random": "random"}[effect["ablated"]] + f" {effect['neurons']}"))
        gap = iv.share_difference(shares["top 23"], len(free), shares["random 23"], len(free))
        numbers.append(Number(f"{title}: switched by the best 23 less by random 23 (of {len(free)} texts)", gap, iv.above(gap), percent=True))
        numbers.append(Number(f"{title}: switched by the best 23 (literature, other models and tasks: {literature})", iv.share(shares["top 23"] * len(free), len(free)), percent=True))
        ratio = next(e["perplexity_ratio"] for e in said if e["ablated"] == "top" and e["neurons"] == 23)
        numbers.append(Number(f"{title}: perplexity of what is written, over untouched", (ratio,) * 3))
        key = free[0]
        held = next(k for k, name in names.items() if name == "top 23")
        examples.append(f"{title}: “…{figures.esc(texts[0][key]['text'].strip())}” becomes “…{figures.esc(texts[held][key]['text'].strip())}”")
    return Reading(iv.together(n.verdict for n in numbers if n.verdict), numbers,
                   [("Texts without the concept's words that have them when units are held.", figures.intervals(rows, "share switched", percent=True)),
                    ("What it costs: perplexity of what is written under the untouched model, over that of untouched texts.", figures.intervals(costs, "perplexity ratio", null=1))],
                   "The first text of each, whatever it shows:<br>" + "<br>".join(examples))
