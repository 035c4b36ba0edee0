"""Findings about models beside each other: architectures, seeds, fine-tuned twins, static vectors."""

import math
import statistics

import figures
import intervals as iv
from finding import Number, Reading, finding
from readings.neurons import MODELS, depths, top_depth, weights

CONCEPTS = {"question": "question mark", "number": "a digit", "quotation": "quotation mark", "bracket": "bracket", "negation": "negation", "first": "I, me, my",
            "second": "you, your", "past": "was, were, had", "future": "will", "modal": "can, must, would, …"}


@finding(
    "experts", "Decoders have more expert units than BERT",
    "15.4 and 12.9&nbsp;% of the units of decoders are experts of some concept, 7.2 and 4.0&nbsp;% of those of BERT's kind (Suau et al. 2020, <i>Finding experts in transformer models</i>; tutorial).",
    "Ten concepts of sentences that spelling can tell (a question, a number, a negation, the first person, …). A unit of an MLP (46,080 in SmolLM2, 9,216 in MiniLM), by its largest activation in the sentence, "
    "is an expert where its average precision exceeds 0.9 (<code>rank --method average-precision --expert-bound</code>).",
    "The share of expert units is larger in SmolLM2 than in MiniLM: difference of the shares, paired by concept, above 0 (Student's interval over concepts).")
def experts(files):
    share, rows = {}, []
    for model in ("smollm", "minilm"):
        for concept in CONCEPTS:
            said = files.json(f"{model}.{concept}.experts")
            for e in said["experts"]:
                if e["concept"] == concept:
                    share[model, concept, e["AP above"]] = e["of all"]
    for concept, title in CONCEPTS.items():
        for model in ("smollm", "minilm"):
            value = share[model, concept, 0.9]
            rows.append((title, value, value, value, MODELS[model]))
    numbers = []
    for bound in (0.9, 0.8, 0.7):
        gap = iv.mean([share["smollm", c, bound] - share["minilm", c, bound] for c in CONCEPTS])
        numbers.append(Number(f"experts above {bound}: SmolLM2 less MiniLM", gap, iv.above(gap) if bound == 0.9 else None, percent=True))
    for model in ("smollm", "minilm"):
        numbers.append(Number(f"{MODELS[model]}: units that are experts of a concept (above 0.9), mean over concepts",
                              iv.mean([share[model, c, 0.9] for c in CONCEPTS]), percent=True))
    return Reading(numbers[0].verdict, numbers, [("Units with an average precision above 0.9.", figures.intervals(rows, "share of the model's MLP units", percent=True))])


def surface(files, model):
    """Per neuron: the concept that it tells best, and how well it tells marks and places on one side, open word classes on the other."""
    marks, content = {}, {}
    table = files.csv(f"{model}.surface-upos")
    for name in table[0]:
        if name == "PUNCT":
            marks["punctuation"] = [float(row[name]) for row in table]
        elif name in ("NOUN", "VERB", "ADJ", "ADV", "PROPN", "PRON", "DET", "ADP", "AUX", "CCONJ", "SCONJ", "PART", "NUM"):
            content[name] = [float(row[name]) for row in table]
    for label, title in (("early", "begin of the sentence"), ("late", "end of the sentence"), ("bracketed", "brackets")):
        marks[title] = [float(row[label]) for row in files.csv(f"{model}.surface-{label}")]
    out = []
    for i in range(len(table)):
        scores = {name: values[i] for name, values in {**marks, **content}.items()}
        best = max(scores, key=scores.get)
        out.append((best, best in marks, scores[best]))
    return out


@finding(
    "shared-neurons", "Neurons that models share are those of position, punctuation and brackets",
    "Neurons of which other models have a twin (MaxCorr) tell positions, punctuation and brackets, and matter most (Bau et al., ICLR 2019).",
    "The largest correlation of each neuron with a neuron of the other model, on the same words: MiniLM and SmolLM2, two seeds of a BiLSTM tagger, two of a text CNN. What a neuron tells best (AUROC): a place at the sentence's "
    "begin or end, punctuation, brackets; or one of thirteen other parts of speech.",
    "In every pair a larger share of the first 5&nbsp;% by MaxCorr than of the rest tells one of the former best: difference of the shares above 0 (Newcombe's interval).")
def shared_neurons(files):
    pairs = {("minilm", "smollm"): "MiniLM with SmolLM2", ("smollm", "minilm"): "SmolLM2 with MiniLM", ("bilstm", "bilstm2"): "BiLSTM, two seeds", ("cnn", "cnn2"): "text CNN, two seeds"}
    numbers, rows, kinds = [], [], []
    for (a, b), title in pairs.items():
        likeness = [float(row["overall"] or 0) for row in files.csv(f"{a}-{b}.maxcorr")]
        told = surface(files, a)
        order = sorted(range(len(likeness)), key=lambda i: -likeness[i])
        k = round(0.05 * len(order))
        first, rest = order[:k], order[k:]
        p, q = (sum(told[i][1] for i in part) / len(part) for part in (first, rest))
        gap = iv.share_difference(p, len(first), q, len(rest))
        numbers.append(Number(f"{title}: share that tells places and marks, first 5 % less rest", gap, iv.above(gap), percent=True))
        rows += [(title, *iv.share(p * len(first), len(first)), "first 5 % by MaxCorr"), (title, *iv.share(q * len(rest), len(rest)), "rest")]
        best = [told[i][0] for i in first]
        common = sorted(set(best), key=lambda name: -best.count(name))[:4]
        kinds.append(f"{title}: " + ", ".join(f"{figures.esc(name)} {best.count(name)}" for name in common))
    words = []
    for n in files.json("shared.words")["neurons"]:
        n = n["neuron"]
        words.append(f"<code>{figures.esc(n['neuron'])}</code> high on {', '.join(figures.esc(w['word']) for w in n['high_words'][:6])}; "
                     f"low on {', '.join(figures.esc(w['word']) for w in n['low_words'][:6])}")
    return Reading(iv.together(n.verdict for n in numbers), numbers,
                   [("Share of neurons that tell places and marks better than any other part of speech.", figures.intervals(rows, "share of neurons", percent=True))],
                   f"What the first 5&nbsp;% tell best, with counts. {'; '.join(kinds)}.<br>The five neurons of MiniLM that are most alike one of SmolLM2, by their words:<br>{'<br>'.join(words)}.")


@finding(
    "fine-tuning", "Fine-tuning moves neurons in the upper layers",
    "After fine-tuning the neurons of linguistic properties lie lower: upper layers change most and turn to the task (Durrani et al., Findings of ACL 2021).",
    "MiniLM against its descendants for SST-2 sentiment and for question answering: probes for parts of speech, the mean depth of the first 5&nbsp;% of each tag's neurons, and the likeness (CKA) of each layer to itself before.",
    "In both descendants the tags' neurons lie lower than in MiniLM: mean depth after less before, paired by tag, below 0 (Student's interval over tags).")
def fine_tuning(files):
    titles = {"minilm": "MiniLM", "minilm-sst2": "fine-tuned for SST-2", "minilm-qa": "fine-tuned for questions"}
    depth, share = {}, {}
    for model, title in titles.items():
        table = files.csv(f"{model}.upos.rank")
        depth[model] = {c: top_depth(table, s) for c, s in weights(table).items()}
        at = depths(table)
        layers = sorted(set(at))
        mass = [0.0] * len(layers)
        for shares in weights(table).values():
            for i in sorted(range(len(shares)), key=lambda i: -shares[i])[:round(0.05 * len(shares))]:
                mass[layers.index(at[i])] += 1
        share[title] = [(k, m / sum(mass)) for k, m in enumerate(mass)]
    numbers = []
    for model in ("minilm-sst2", "minilm-qa"):
        gap = iv.mean([depth[model][c] - depth["minilm"][c] for c in depth["minilm"] if c in depth[model]])
        numbers.append(Number(f"{titles[model]}: depth of the tags' neurons, after less before", gap, iv.below(gap)))
    alike = {"fine-tuned for SST-2": [], "fine-tuned for questions": []}
    names = {"minilm-sst2.train": "fine-tuned for SST-2", "minilm-qa.train": "fine-tuned for questions"}
    sites = []
    for row in files.csv("tuned.cka"):
        if row["model"] == "minilm.train" and row["other_model"] == "minilm.train" and row["site"] not in sites:
            sites.append(row["site"])
        if row["model"] == "minilm.train" and row["other_model"] in names and row["site"] == row["other_site"]:
            alike[names[row["other_model"]]].append(float(row["cka"]))
    curves = {name: list(enumerate(values)) for name, values in alike.items() if values}
    return Reading(iv.together(n.verdict for n in numbers), numbers,
                   [("Where the first 5 % of the tags' neurons lie (0: embeddings, 6: last block).", figures.curves(share, "layer", "share of the tags' neurons")),
                    ("How far each layer is what it was before (CKA: 1 the same, 0 nothing in common).", figures.curves(curves, "layer", "CKA with MiniLM"))])


@finding(
    "frequency-dimensions", "Static vectors have frequency dimensions; dropout spreads",
    "Some dimensions of static word vectors encode how frequent a word is; models trained with dropout spread what they know over more neurons (tutorial).",
    "A thousand common words' vectors (300 dimensions) against the logarithm of their frequency in WikiText-2's test text; the dimension is chosen on half of the words and judged on the other. And a text CNN "
    "trained with and without dropout: the accuracy that is left without the ten (of a hundred) hidden units that predictions use most.",
    "The chosen dimension's rank correlation, with the sign that it had on the other half, is above 0 (Fisher's interval). And without dropout the ten units cost more accuracy than with: difference of the two drops above 0 "
    "(normal interval, sentences as independent).")
def frequency_dimensions(files):
    chosen, judged = files.csv("frequency.chosen"), files.csv("frequency.judged")
    words = files.json("frequency.judged")["numbers"]
    discoveries = files.json("frequency.chosen")["concepts"][0]["q <= 0.05"]
    neuron = judged[0]["neuron"]
    before = next(float(row["overall"]) for row in chosen if row["neuron"] == neuron)
    rho = float(judged[0]["overall"]) * math.copysign(1, before)
    half = iv.Z * math.sqrt((1 + rho * rho / 2) / (words - 3))
    frequency = rho, math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)
    numbers = [Number(f"dimension {neuron} and log frequency: rank correlation on {words} other words", frequency, iv.above(frequency)),
               Number(f"dimensions of {len(chosen)} related to frequency (false discovery rate 5 %)", (discoveries,) * 3)]
    titles = {"cnn-sst2": "dropout", "cnn-sst2-seed2": "dropout, other seed", "cnn-sst2-nodropout": "no dropout"}
    drops, lines = {}, {}
    for model, title in titles.items():
        said = files.json(f"{model}.without")
        own = [e for e in said["effects"] if e["ablated"] == "top"]
        intact = next(e["accuracy"] for e in said["effects"] if e["ablated"] == "none")
        lines[title] = [(0, intact)] + [(e["neurons"], e["accuracy"]) for e in own]
        drops[model] = next(e for e in own if e["neurons"] == 10), intact, said["sentences"]

    def variance(model):
        e, _, n = drops[model]
        return max(e["flip_rate"] - e["accuracy_drop"]**2, 0.0) / n  # a drop is a mean of -1, 0 and 1

    gap = drops["cnn-sst2-nodropout"][0]["accuracy_drop"] - drops["cnn-sst2"][0]["accuracy_drop"]
    half = iv.Z * math.sqrt(variance("cnn-sst2-nodropout") + variance("cnn-sst2"))
    more = gap, gap - half, gap + half
    numbers.append(Number("accuracy lost with ten units, without dropout less with", more, iv.above(more), percent=True))
    for model, title in titles.items():
        drop = drops[model][0]["accuracy_drop"]
        half = iv.Z * math.sqrt(variance(model))
        numbers.append(Number(f"accuracy lost with ten units: {title}", (drop, drop - half, drop + half), percent=True))
    rows = sorted((abs(float(row["overall"])) for row in chosen), reverse=True)
    return Reading(iv.together(n.verdict for n in numbers if n.verdict), numbers,
                   [("Rank correlation of each dimension with log frequency, largest first.", figures.curves({"dimensions": list(enumerate(rows, 1))}, "dimension, by size", "|ρ|", height=220)),
                    ("Accuracy on SST-2 without the hidden units that predictions use most.", figures.curves(lines, "hidden units taken away", "accuracy"))],
                   "A drop is the mean of −1, 0 and 1 over sentences; its variance is taken from the share of changed answers.")


@finding(
    "fasttext-morphology", "Fewer dimensions hold morphology in fastText than in BERT",
    "Morphological features sit in a few dimensions of fastText's vectors and are spread over more of BERT's (Torroba Hennigen et al., EMNLP 2020).",
    "The Gaussian probe (<code>rank --method gaussian</code>, up to 40 dimensions, chosen by held-out likelihood) for number, tense, verb form and person: a thousand common words' static vectors (300 dimensions; their source is not "
    "named) against MiniLM's last block (384), on the same words of the same text.",
    "The vectors need fewer dimensions to reach 90&nbsp;% of the most information that a probe has on held-out sentences: ratio of the counts, static over MiniLM, below 1 (Student's interval of the logarithm over the four features).")
def fasttext_morphology(files):
    features = ["Number", "Tense", "VerbForm", "Person"]
    count, lines, rows, numbers = {}, {}, [], []
    for model, title in (("vectors", "static vectors"), ("minilm", "MiniLM")):
        for feature in features:
            steps = [float(row["held_out_normalised"]) for row in files.csv(f"{model}.{feature}.gaussian")]
            running = [max(steps[:k + 1] + [0.0]) for k in range(len(steps))]
            count[model, feature] = next(k + 1 for k, x in enumerate(running) if x >= 0.9 * running[-1])
            rows.append((feature.lower(), *(count[model, feature],) * 3, title))
            if feature in ("Number", "Tense"):
                lines[f"{title}, {feature.lower()}"] = [(k + 1, x) for k, x in enumerate(running)]
    ratio = tuple(math.exp(x) for x in iv.mean([math.log(count["vectors", f] / count["minilm", f]) for f in features]))
    numbers.append(Number("dimensions needed, static vectors over MiniLM", ratio, iv.below(ratio, 1.0)))
    for model, title in (("vectors", "static vectors"), ("minilm", "MiniLM")):
        numbers.append(Number(f"{title}: dimensions needed, mean over features", (statistics.fmean(count[model, f] for f in features),) * 3))
    return Reading(numbers[0].verdict, numbers,
                   [("Dimensions for 90 % of the information.", figures.intervals(rows, "dimensions")),
                    ("Information on held-out sentences as a share of the label's entropy, running maximum.", figures.curves(lines, "dimensions", "share of the entropy"))],
                   "A static vector is the same at every occurrence of a word, so a few dimensions can also learn words by heart: the same words occur on both sides.")
