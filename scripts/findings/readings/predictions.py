"""Findings about what classifiers use."""

import math

import figures
import intervals as iv
from finding import Number, Reading, finding


def beyond_random(s, randoms):
    """A score less that of random vectors; the interval over the runs of both."""
    gap = s["score"] - s["random"]
    half = math.hypot(s["high"] - s["score"], iv.t_quantile(randoms - 1) * s["random sd"] / math.sqrt(randoms))
    return gap, gap - half, gap + half


@finding(
    "tcav-adjectives", "Positive adjectives stand out from neutral text",
    "Concept vectors of positive adjectives raise the class <i>positive</i> far more often than vectors between two neutral sets do; neutral against neutral does not stand out "
    "(Kim et al., ICML 2018; the tutorial's TCAV case study).",
    "The case study's lists (720 positive adjectives, five sets of neutral lines), on a text CNN and on MiniLM, both trained on SST-2: 30 vectors against draws of neutral lines at each of several sites, "
    "derivatives of the logit <i>positive</i> on 500 sentences. The same with a neutral set in the concept's place.",
    "In both models, at one site or more, the adjectives' score exceeds that of random vectors with a corrected <i>p</i> below 0.05 and the neutral set's does not at any site. "
    "The number is the score less that of random vectors, with the interval over the runs of both.")
def tcav_adjectives(files):
    numbers, rows = [], []
    for model, title, positive in (("cnn", "text CNN", "LABEL_1"), ("minilm", "MiniLM", None)):
        said = {kind: [s for s in files.json(f"tcav.{model}.{kind}")["scores"]] for kind in ("positive", "neutral")}
        randoms = files.json(f"tcav.{model}.positive")["vectors per site"] - 30
        positive = positive or sorted({s["class"] for s in said["positive"]})[-1]
        best = None
        for kind, name in (("positive", "positive adjectives"), ("neutral", "a neutral set")):
            own = [s for s in said[kind] if s["class"] == positive]
            for s in own:
                rows.append((f"{title}, {s['site'].replace('hook_', '')}", *beyond_random(s, randoms), name))
            ahead = [s for s in own if s["p corrected"] < 0.05 and s["score"] > s["random"]]
            if kind == "positive":
                best = max(ahead or own, key=lambda s: s["score"] - s["random"])
                verdict = iv.HOLDS if ahead else iv.OPEN
                gap = beyond_random(best, randoms)
                numbers.append(Number(f"{title}: score of adjectives less random at {best['site']} (p {best['p corrected']:.2g})", gap, verdict))
            else:
                guessing = sum(s["vectors"] == "at chance" for s in own)
                numbers.append(Number(f"{title}: sites of {len(own)} where a neutral set stands out (its vectors are at chance at {guessing})", (len(ahead),) * 3,
                                      iv.FAILS if ahead else iv.HOLDS))
    return Reading(iv.together(n.verdict for n in numbers), numbers,
                   [("Score (share of sentences whose logit <i>positive</i> grows along the vector) less that of random vectors.",
                     figures.intervals(rows, "score less that of random vectors", null=0))],
                   "A neutral set counts as standing out where its score is significantly above, also where the vectors are marked as no better than guessing: the criterion made no exception for these. All runs of a concept share its "
                   "texts, so that they differ less than the test supposes.")


QUESTION_WORDS = {"what", "which", "who", "whom", "whose", "when", "where", "why", "how"}


@finding(
    "question-words", "Question words carry question answering",
    "The tokens with the largest attribution of a reader's start and end logits are question words (Mudrakarta et al., ACL 2018; the tutorial's case study on SQuAD).",
    "Forty questions of XQuAD on MiniLM fine-tuned for question answering: integrated gradients of the start and of the end of its answer, by word.",
    "For both ends, the mean size of a question word's attribution less that of the question's other words, paired by question, is above 0 (Student's interval).")
def question_words(files):
    numbers, rows = [], []
    for end in ("start", "end"):
        sentences = {}
        for row in files.csv(f"answer.{end}"):
            if row["special"] == "true":
                continue
            kind = "context" if row["sequence"] == "1" else "question word" if row["token"].lower().strip("?,.") in QUESTION_WORDS else "rest of the question"
            sentences.setdefault(row["sentence"], {}).setdefault(kind, []).append(abs(float(row["integrated-gradients"])))
        both = [s for s in sentences.values() if "question word" in s and "rest of the question" in s]
        gap = iv.mean([sum(s["question word"]) / len(s["question word"]) - sum(s["rest of the question"]) / len(s["rest of the question"]) for s in both])
        numbers.append(Number(f"{end}: question word less other words of the question ({len(both)} questions)", gap, iv.above(gap)))
        first = sum(max(s["question word"]) >= max(s["rest of the question"]) for s in both)
        chance = sum(len(s["question word"]) / (len(s["question word"]) + len(s["rest of the question"])) for s in both) / len(both)
        numbers.append(Number(f"{end}: a question word is the question's first word by attribution (chance {figures.number(100 * chance)} %)", iv.share(first, len(both)), percent=True))
        for kind in ("question word", "rest of the question", "context"):
            rows.append((kind, *iv.mean([sum(s[kind]) / len(s[kind]) for s in both]), end))
    return Reading(iv.together(n.verdict for n in numbers if n.verdict), numbers, [("Mean size of a word's attribution.", figures.intervals(rows, "size of the attribution, logits"))])


@finding(
    "negation", "Negation is an interaction",
    "What <i>not interesting</i> says is in the pair: methods of interaction find negations (Tsang et al., NeurIPS 2020, Archipelago; Sundararajan et al., ICML 2020; tutorial).",
    "<i>the film is not W .</i> with ten positive and ten negative adjectives on MiniLM for SST-2, logit of <i>positive</i> less that of <i>negative</i>: Shapley–Taylor's index and ArchDetect's strength of every pair of words.",
    "The index of <i>not</i> with the adjective is of the opposite sign to the adjective's polarity: its mean, signed against the polarity, is above 0 (Student's interval over adjectives). And ArchDetect's strongest pair is this one more often "
    "than one pair of fifteen: Wilson's interval above 1/15.")
def negation(files):
    adjectives, strengths = {}, {}
    for row in files.csv("negated.pairs"):
        if row["first"] == row["second"]:
            if row["first_token"] not in ("[CLS]", "[SEP]"):
                adjectives.setdefault(row["sentence"], []).append((row["first_token"], float(row["shapley-taylor"])))
            continue
        pair = row["first_token"], row["second_token"]
        if "[" in pair[0][0] + pair[1][0]:
            continue
        strengths.setdefault(row["sentence"], {})[pair] = float(row["shapley-taylor"]), float(row["arch-detect"])
    signed, first, rows = [], 0, []
    for sentence, pairs in sorted(strengths.items(), key=lambda item: int(item[0])):
        adjective = next(second for (word, second) in pairs if word == "not" and second != ".")
        polarity = 1 if int(sentence) < 10 else -1  # ten positive adjectives, then ten negative ones
        taylor = pairs["not", adjective][0]
        signed.append(-polarity * taylor)
        first += max(pairs, key=lambda p: pairs[p][1]) == ("not", adjective)
        rows.append((f"not {adjective}", taylor, taylor, taylor, "positive adjective" if polarity > 0 else "negative adjective"))
    index = iv.mean(signed)
    share = iv.share(first, len(signed))
    pairs = len(next(iter(strengths.values())))
    numbers = [Number("Shapley–Taylor of not with the adjective, against its polarity", index, iv.above(index)),
               Number(f"ArchDetect: the strongest of {pairs} pairs is not with the adjective", share, iv.above(share, 1 / 15), percent=True)]
    return Reading(iv.together(n.verdict for n in numbers), numbers, [("Shapley–Taylor index of <i>not</i> with the adjective, for <i>positive</i>.", figures.intervals(rows, "index, logits", null=0))])
