"""Findings about single cells of a character model."""

import figures
import intervals as iv
from finding import Number, Reading, finding


def judged(files, name):
    """The unit, and its average precision for the side that it is high on, with that side's base rate."""
    said = files.json(f"{name}.judged")
    sizes = {s["class"]: s["rows"] for s in said["class_sizes"]}
    sides = []
    for c in said["concepts"]:
        if c["method"] == "average-precision" and c["concept"] != "overall":
            base = sizes[c["concept"]] / sum(sizes.values())
            sides.append(((c["score"] - base) / (1 - base), c["concept"], base, (c["score"], c["low"], c["high"])))
    _, side, base, precision = max(sides)
    auroc = next(c for c in said["concepts"] if c["method"] == "auroc" and c["concept"] == name)
    of_negative = float(files.csv(f"{name}.negative")[0][name])
    return said["top"][0]["neuron"], side, base, precision, (auroc["score"], auroc["low"], auroc["high"]), of_negative, sizes[name] / sum(sizes.values())


@finding(
    "quote-cell", "A quote cell and a line-position cell",
    "Single cells of character LSTMs turn on inside quotation marks, or count the characters of a line (Karpathy, Johnson and Fei-Fei 2015).",
    "A two-layer character LSTM trained on War and Peace (256 units a layer), every cell and hidden state. The unit is the best of 1,024 on one stretch of the novel, by AUROC, high or low; it is judged on another "
    "that the model was not trained on. Inside quotation marks; and the end of a line, from its 60th character on.",
    "For both concepts the average precision of the chosen unit, for the side that it is high on, is above the base rate of that side (bootstrap over paragraphs).")
def quote_cell(files):
    numbers, rows = [], []
    units = {}
    for name, title, outside in (("quoted", "inside quotation marks", "outside them"), ("late", "end of the line", "before it")):
        unit, side, base, precision, auroc, of_negative, own_base = judged(files, name)
        units[name] = unit, side
        shown = "there" if side == name else outside
        numbers.append(Number(f"{title}: {unit}, high {shown}: average precision at base rate {figures.number(base)}", precision, iv.above(precision, base)))
        if side != name:
            numbers.append(Number(f"{title}: average precision of minus the unit at base rate {figures.number(own_base)}", (of_negative,) * 3))
        numbers.append(Number(f"{title}: AUROC", auroc))
        rows += [(title, precision[0] - base, precision[1] - base, precision[2] - base)]
    drawn = [("Average precision less the base rate.", figures.intervals(rows, "average precision less base rate", null=0))]
    trace = files.csv("trace")
    unit, side = units["quoted"]
    values = [float(row[unit]) for row in trace]
    middle = sum(values) / len(values)
    spread = (sum((v - middle)**2 for v in values) / len(values))**0.5
    sign = 1 if side == "quoted" else -1
    paragraphs = [figures.shaded([(row["token"], sign * (v - middle) / spread) for row, v in zip(trace, values) if row["sentence"] == sentence])
                  for sentence in sorted({row["sentence"] for row in trace}, key=int)]
    drawn.append((f"{'Minus ' if sign < 0 else ''}{unit} along text that it was not trained on: orange above its mean, blue below. The first paragraphs of that stretch with a quotation in them, not chosen ones.",
                  "".join(paragraphs)))
    return Reading(iv.together(n.verdict for n in numbers if n.verdict), numbers, drawn)
