"""Findings about where the neurons of a property lie in a model, and how many they are."""

import math

import figures
import intervals as iv
from finding import Number, Reading, finding

NOT_CLASSES = {"site", "block", "neuron", "mean", "variance", "min", "max", "zero", "nonpositive", "small", "saturated", "head", "overall"}
MODELS = {"minilm": "MiniLM", "smollm": "SmolLM2", "bilstm": "bilstm-pos-ewt"}
CLOSED = ["ADP", "AUX", "CCONJ", "DET", "NUM", "PART", "PRON", "SCONJ"]
OPEN_CLASSES = ["ADJ", "ADV", "INTJ", "NOUN", "PROPN", "VERB"]  # Universal Dependencies' own division


def classes(table):
    return [name for name in table[0] if name not in NOT_CLASSES]


def weights(table):
    """Per class the share of its weight that each neuron has."""
    return {name: [float(row[name] or 0) for row in table] for name in classes(table)}


def needed(shares, mass):
    """Neurons that hold so much of the mass."""
    total, out = sum(shares) * mass, 0
    for value in sorted(shares, reverse=True):
        if total <= 1e-12:
            break
        total, out = total - value, out + 1
    return out


def depths(table):
    """Each neuron's site as a share of the way from the first site (0) to the last (1)."""
    sites = list(dict.fromkeys(row["site"] for row in table))
    return [sites.index(row["site"]) / (len(sites) - 1) for row in table]


def top_depth(table, shares, top=0.05):
    """Mean depth of the first neurons of a class."""
    at = depths(table)
    first = sorted(range(len(shares)), key=lambda i: -shares[i])[:max(1, round(top * len(shares)))]
    return sum(at[i] for i in first) / len(first)


@finding(
    "few-neurons", "A few neurons suffice",
    "4&nbsp;% of 9,984 neurons (BERT, all layers) hold parts of speech and semantic tags, 10&nbsp;% chunks, 15&nbsp;% CCG supertags, within one point of the accuracy "
    "of all of them; 425 neurons give 92.0 of 93.0 (Dalvi et al., EMNLP 2020, <i>Analyzing redundancy in pretrained transformer models</i>).",
    "MiniLM, the embeddings and six blocks (2,688 neurons): probes on growing sets of the first neurons by weight mass (<code>cluster --method redundancy</code>), for parts of speech, "
    "dependency relations, supersenses and the sentiment of SST-2 sentences; evaluated on other sentences.",
    "Of every task, the smallest set that is within one point of the accuracy of all neurons is at most 15&nbsp;% of them, the largest share in the literature. The interval: from the smallest set "
    "whose accuracy may still be within one point to the smallest of which it is certain (95&nbsp;% interval of the difference of the two accuracies over the same tokens).")
def few_neurons(files):
    tasks = {"upos": "part of speech", "deprel": "dependency relation", "supersense": "supersense", "sst": "SST-2 sentiment"}
    numbers, lines, rows = [], {}, []
    for name, title in tasks.items():
        steps = files.json(f"minilm.{name}.redundancy")["steps"]
        everything = steps[0]["accuracy"]
        sets = [s for s in steps if s["step"].startswith("top ")] + [steps[0]]

        def smallest(points, edge):
            for s in sets[:-1]:
                if s["accuracy"] - everything + edge * iv.Z * s["error of the loss"] >= -points:
                    return s["share"]
            return 1.0

        one, two = ([smallest(points, edge) for edge in (0, 1, -1)] for points in (0.01, 0.02))
        numbers.append(Number(f"{title}: share of neurons within one point of {100 * everything:.1f} %", tuple(one), iv.below(one, 0.15), percent=True))
        numbers.append(Number(f"{title}: within two points", tuple(two), percent=True))
        rows += [(title, *one, "within one point"), (title, *two, "within two points")]
        lines[title] = [(s["share"], 100 * (s["accuracy"] - everything)) for s in sets[:-1] if s["share"] > 0.003]
    drawn = [("Accuracy of probes on the first neurons less that on all.", figures.curves(lines, "share of the neurons", "points of accuracy", log=True, percent_x=True,
                                                                                            level=("one point", -1))),
             ("The smallest sets, with the 15 % of the criterion.", figures.intervals(rows, "share of the neurons", null=0.15, percent=True))]
    return Reading(iv.together(n.verdict for n in numbers if n.verdict), numbers, drawn)


@finding(
    "layers", "Morphology low, syntax higher",
    "Neurons of word morphology lie in the lower layers, those of syntax in higher ones (tutorial; Dalvi et al., AAAI 2019; Durrani et al., EMNLP 2020).",
    "Probes for number, tense and verb form (morphology) and for dependency relations (syntax) on all layers of MiniLM, SmolLM2 and a BiLSTM tagger; of each class the mean depth of its first 5&nbsp;% "
    "of the neurons by weight (0: embeddings, 1: last block).",
    "In every model the classes of syntax lie deeper than those of morphology: mean depth of dependency relations less that of morphological values, a class being one unit (Welch's interval), is above 0.")
def layers(files):
    numbers, rows = [], []
    for model, title in MODELS.items():
        depth = {}
        for label in ("Number", "Tense", "VerbForm", "deprel"):
            table = files.csv(f"{model}.{label}.rank")
            of_class = list(weights(table).values())
            if len(of_class) == 2:  # the weights of two classes are one another's mirror image
                of_class.pop()
            depth[label] = [top_depth(table, shares) for shares in of_class]
            rows.append(({"deprel": "dependency relation"}.get(label, label.lower()), *clipped(iv.mean(depth[label])), title))
        low = depth["Number"] + depth["Tense"] + depth["VerbForm"]
        gap = iv.difference(depth["deprel"], low)
        numbers.append(Number(f"{title}: depth of syntax less that of morphology", gap, iv.above(gap)))
    return Reading(iv.together(n.verdict for n in numbers), numbers,
                   [("Mean depth of the first 5 % of the neurons, over classes.", figures.intervals(rows, "depth: 0 embeddings, 1 last layer"))])


def clipped(interval, low=0.0, high=1.0):
    return interval[0], max(low, interval[1]), min(high, interval[2])


@finding(
    "focused-spread", "Closed classes are focused, open classes spread",
    "A few neurons hold a closed class (conjunctions, determiners), many an open one (nouns, verbs), in all architectures alike (Durrani et al., EMNLP 2020).",
    "Neurons that hold half of the weight of each part of speech (<code>rank</code> of a probe), in MiniLM, SmolLM2 and a BiLSTM tagger. Which classes are open is Universal Dependencies' division.",
    "In MiniLM and SmolLM2 the logarithm of the count is larger for open classes than for closed ones (Welch's interval over classes above 0), and the counts of the two models go together "
    "(rank correlation over classes, interval above 0).")
def focused_spread(files):
    counts, rows = {}, []
    for model in MODELS:
        table = files.csv(f"{model}.upos.rank")
        counts[model] = {name: needed(shares, 0.5) / len(shares) for name, shares in weights(table).items()}
    numbers = []
    for model in MODELS:
        both = [[math.log(counts[model][c]) for c in group if c in counts[model]] for group in (OPEN_CLASSES, CLOSED)]
        gap = tuple(math.exp(x) for x in iv.difference(*both))
        numbers.append(Number(f"{MODELS[model]}: neurons of an open class over those of a closed one", gap, iv.above(gap, 1.0) if model != "bilstm" else None))
    shared = [c for c in counts["minilm"] if c in counts["smollm"]]
    rho = iv.spearman([counts["minilm"][c] for c in shared], [counts["smollm"][c] for c in shared])
    numbers.append(Number(f"MiniLM and SmolLM2: rank correlation over {len(shared)} classes", rho, iv.above(rho)))
    for c in sorted(shared, key=lambda c: counts["minilm"][c]):
        kind = " (open)" if c in OPEN_CLASSES else " (closed)" if c in CLOSED else ""
        rows += [(c + kind, counts[m][c], counts[m][c], counts[m][c], MODELS[m]) for m in MODELS if c in counts[m]]
    return Reading(iv.together(n.verdict for n in numbers if n.verdict), numbers,
                   [("Share of the neurons that hold half of a class's weight.", figures.intervals(rows, "share of the model's neurons", percent=True, log=True))])


@finding(
    "regularisation", "L1 picks one of a group, L2 the group, elastic net stands between",
    "Lasso keeps one of several correlated neurons and silences the others, ridge spreads the weight over all of them, the elastic net selects the group "
    "(Zou and Hastie 2005; the tutorial's reason for it, Dalvi et al., AAAI 2019).",
    "Probes for parts of speech with all L2, half and half, and all L1 (<code>--l1-ratio 0, 0.5, 1</code>, the same strength) on neighbouring blocks of SmolLM2, whose residual stream holds each "
    "neuron nearly twice; and on a planted group: one tensor of MiniLM under its two names, every neuron exactly twice.",
    "On SmolLM2 the neurons that hold a quarter of the weight, class by class, are fewest with L1 and most with L2, the elastic net between: both ratios (mean of the logarithms over classes) above 1. "
    "And of the twins of which one has weight, both have it most often with L2, least often with L1: both differences above 0. The exact copies are shown beside it and not judged: copies have no "
    "answer of their own under L1.")
def regularisation(files):
    counts, both, numbers, rows = {}, {}, [], []
    names = {"0": "L2", "0.5": "elastic net", "1": "L1"}
    for kind in ("twins", "copies"):
        for ratio in names:
            table = files.csv(f"{kind}.l1-{ratio}.probe")
            counts[kind, ratio], both[kind, ratio] = {}, {}
            half = len(table) // 2
            for c in classes(table):
                w = [abs(float(row[c])) for row in table]
                counts[kind, ratio][c] = needed(w, 0.25)
                pairs = [(w[i] > 1e-7, w[half + i] > 1e-7) for i in range(half)]
                any_ = sum(a or b for a, b in pairs)
                both[kind, ratio][c] = sum(a and b for a, b in pairs) / max(1, any_)
    for ratio, other in (("0.5", "1"), ("0", "0.5")):
        logs = [math.log(counts["twins", ratio][c] / counts["twins", other][c]) for c in counts["twins", ratio]]
        gap = tuple(math.exp(x) for x in iv.mean(logs))
        numbers.append(Number(f"neurons for a quarter of the weight, {names[ratio]} over {names[other]}", gap, iv.above(gap, 1.0)))
    for ratio, other in (("0.5", "1"), ("0", "0.5")):
        gap = iv.mean([both["twins", ratio][c] - both["twins", other][c] for c in both["twins", ratio]])
        numbers.append(Number(f"pairs of twins that share weight, {names[ratio]} less {names[other]}", gap, iv.above(gap), percent=True))
    for kind, title in (("twins", "neighbouring blocks"), ("copies", "exact copies")):
        for ratio in names:
            rows.append((title, *clipped(iv.mean(both[kind, ratio].values())), names[ratio]))
    for ratio in names:
        numbers.append(Number(f"{names[ratio]}: neurons for a quarter of a class's weight", iv.mean(counts["twins", ratio].values())))
    return Reading(iv.together(n.verdict for n in numbers if n.verdict), numbers,
                   [("Of pairs of which one neuron has weight, the share of which both have (mean over classes).",
                     figures.intervals(rows, "pairs that share the weight", percent=True))],
                   "Exact copies get equal weights from every penalty: the solver goes down the gradient, which is the same for both, and L1 has nothing against it.")


@finding(
    "disagreement", "Methods disagree more than their accuracies do",
    "Rankings by different methods overlap little although probes on their first neurons are about equally good (Antverg and Belinkov, ICLR 2022; Fan et al., 2023).",
    "Thirteen rankings of MiniLM's block 3 (384 neurons) for parts of speech; probes on the first 50 neurons of each, evaluated on other sentences; overlap of the first 50 of every two rankings.",
    "Between two methods, the share of the first 50 neurons that differs is larger than the difference of their probes' accuracies relative to the larger: difference of the two means over pairs above 0 "
    "(bootstrap over methods).")
def disagreement(files):
    sets = [s for s in files.json("disagreement.sets")["sets"] if s["neurons"] == 50]
    accuracy = {s["method"]: s["accuracy"] for s in sets}
    names = list(accuracy)
    overlap = {}
    for pair in files.json("disagreement.compare")["pairs"]:
        if pair["concept"] != "overall":
            continue
        a, b = (pair[side].removeprefix("disagreement.") for side in ("first", "second"))
        overlap[a, b] = overlap[b, a] = pair["overlap@50"]

    def pairs(units):
        return [(a, b) for i, a in enumerate(units) for b in units[:i] if a != b]

    def mean_over(units, figure):
        own = pairs(units)
        return sum(figure(a, b) for a, b in own) / max(1, len(own))

    differ = lambda a, b: 1 - overlap[a, b]  # noqa: E731
    worse = lambda a, b: abs(accuracy[a] - accuracy[b]) / max(accuracy[a], accuracy[b])  # noqa: E731
    gap = iv.bootstrap(names, lambda u: mean_over(u, lambda a, b: differ(a, b) - worse(a, b)))
    apart = iv.bootstrap(names, lambda u: mean_over(u, differ))
    far = iv.bootstrap(names, lambda u: mean_over(u, worse))
    random = sets[0]["random"]
    numbers = [Number("share of neurons that differs less relative difference of accuracies", gap, iv.above(gap), percent=True),
               Number("of the first 50 neurons differ, between two methods", apart, percent=True),
               Number("relative difference of their probes' accuracies", far, percent=True),
               Number("accuracy of the best method's 50 neurons", (max(accuracy.values()),) * 3, percent=True),
               Number("of the worst method's", (min(accuracy.values()),) * 3, percent=True),
               Number("of 50 random neurons", (random,) * 3, percent=True)]
    order = sorted(names, key=lambda n: -accuracy[n])
    return Reading(numbers[0].verdict, numbers,
                   [("Per cent of the first 50 neurons that two rankings share; best accuracy first.",
                     figures.matrix(order, lambda i, j: 1.0 if i == j else overlap[order[i], order[j]], "")),
                    ("Accuracy of a probe on the first 50 neurons of each ranking, with that on random neurons.",
                     figures.intervals([(n, accuracy[n], accuracy[n], accuracy[n]) for n in order], "accuracy", null=random, percent=True))])
