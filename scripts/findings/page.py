#!/usr/bin/env python3
"""Makes one page of the findings: page.py FOLDER --findings NAMES -o PAGE. FOLDER holds what `make -C scripts/findings` left there."""

import argparse
import importlib
import math
import re
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from figures import esc, number  # noqa: E402
from finding import FINDINGS, Files, Missing  # noqa: E402
from intervals import FAILS, HOLDS, OPEN  # noqa: E402

GLYPH = {HOLDS: ("✓", "yes"), FAILS: ("✗", "no"), OPEN: ("?", "open")}


def badge(verdict):
    glyph, kind = GLYPH[verdict]
    return f'<span class="badge {kind}">{glyph} {verdict}</span>'


def interval(n):
    value, low, high = (x * 100 if n.percent else x for x in n.interval)
    unit = " %" if n.percent else ""
    if low == high or not (math.isfinite(low) and math.isfinite(high)):
        return f"{number(value)}{unit}"
    return f"{number(value)}{unit} [{number(low)}, {number(high)}]"


def commands(folder, name, replaced):
    """The commands as make would run them, with the folders as variables."""
    path = folder / f"{name}.commands"
    if not path.exists():
        return ""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    lines = [re.sub(r"\s+", " ", line.strip()) for line in lines if not line.startswith(("mkdir", "echo", "make"))]
    text = "\n".join(lines)
    for value, variable in replaced:
        if value:
            text = text.replace(value + "/", variable + "/")
    return text.replace(" --force --quiet --json", " --json").replace(" --force --quiet", "")


def section(found, reading, text):
    numbers = "".join(
        f"<tr><td>{esc(n.what)}</td><td class=num>{interval(n)}</td><td>{badge(n.verdict) if n.verdict else ''}</td></tr>" for n in reading.numbers)
    figures = "".join(f"<figure>{drawn}<figcaption>{caption}</figcaption></figure>" for caption, drawn in reading.figures)
    count = len([line for line in text.splitlines() if line.strip()])
    return f"""<section id="{found.name}"><h2>{esc(found.title)} {badge(reading.verdict)}</h2>
<dl><dt>Literature</dt><dd>{found.literature}</dd><dt>Here</dt><dd>{found.done}</dd><dt>Criterion</dt><dd>{found.criterion}</dd></dl>
<table class=numbers><thead><tr><th>Number<th>95 % interval<th></tr></thead><tbody>{numbers}</tbody></table>{figures}
{f'<p class=note>{reading.note}</p>' if reading.note else ''}
<details><summary>The {count} commands behind these figures (<code>make {found.name}</code>)</summary><pre>{"".join(f"<code>{esc(line)}</code>" + chr(10) for line in text.splitlines())}</pre></details></section>"""


def left_out(found, why):
    return f"""<section id="{found.name}"><h2>{esc(found.title)} {badge(OPEN)}</h2>
<dl><dt>Literature</dt><dd>{found.literature}</dd><dt>Here</dt><dd>{found.done}</dd><dt>Criterion</dt><dd>{found.criterion}</dd></dl>
<p class=note>Not run on this machine: {esc(why)}.</p></section>"""


def read(found, files):
    """The section, the verdict and the number of the summary's line."""
    try:
        reading = found.read(files)
    except Missing as missing:
        said = files.folder / f"{found.name}.missing"
        why = said.read_text(encoding="utf-8").strip().partition(": ")[2] if said.exists() else f"no {missing}"
        return None, why
    except KeyError as field:
        return None, f"what the commands printed has no {field}; was it another version?"
    return reading, ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--findings", required=True, help="names, in the order of the page")
    parser.add_argument("--shared", default="", help="folder that commands show as $NEUROX_SHARED")
    parser.add_argument("--models", default="", help="folder that commands show as $NEUROX_MODELS")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    for module in sorted((here / "readings").glob("*.py")):
        importlib.import_module(f"readings.{module.stem}")
    files = Files(options.folder)
    replaced = [(str(options.folder), "$OUT"), (options.shared, "$NEUROX_SHARED"), (options.models, "$NEUROX_MODELS")]
    rows, sections, counts = [], [], {HOLDS: 0, FAILS: 0, OPEN: 0}
    for name in options.findings.split(","):
        if name not in FINDINGS:
            sys.exit(f"page.py: no reading of '{name}' in {here / 'readings'}; there are {', '.join(FINDINGS)}")
        found = FINDINGS[name]
        reading, why = read(found, files)
        verdict = reading.verdict if reading else OPEN
        counts[verdict] += 1
        if reading:
            first = next((n for n in reading.numbers if n.verdict == verdict), reading.numbers[0])
            told = f"{esc(first.what)}: {interval(first)}"
            sections.append(section(found, reading, commands(options.folder, name, replaced)))
        else:
            told = "not run: " + esc(why)
            sections.append(left_out(found, why))
        rows.append(f'<tr><td><a href="#{name}">{esc(found.title)}</a></td><td class=num>{told}</td><td>{badge(verdict)}</td></tr>')
    style = (here / "page.css").read_text(encoding="utf-8")
    plural = {HOLDS: "hold", FAILS: "do not hold", OPEN: OPEN}
    said = ", ".join(f"{n} {verdict if n == 1 else plural[verdict]}" for verdict, n in counts.items() if n)
    options.output.write_text(f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>The tutorial's findings, on models one can run</title><style>{style}</style></head><body><main>
<h1>The tutorial's findings, on models one can run</h1>
<p>A third of the tutorial <i>Fine-grained Interpretation and Causation Analysis in Deep NLP Models</i> (Sajjad, Kokhlikyan, Dalvi and Durrani, NAACL 2021)
is what its methods found. Here each finding is looked for again, in small models that run on two cores, by the commands of <code>neurox</code>: {said}.</p>
<p>The criterion beside each finding is from the literature and was written down before these numbers were looked at; a first look at smaller runs corrected some, none until it fitted (docs/findings.md says what was
corrected after a first look). A claim <b>holds</b> where the
95&nbsp;% interval of its number excludes the contrary, <b>does not hold</b> where the interval lies on the other side, and <b>cannot be told</b>
else. Other models, other sizes and other text than the literature's: a finding that does not hold here is one that does not carry over to these models,
not one refuted.</p>
<table class=summary><thead><tr><th>Finding<th>What decides, with its 95 % interval<th>Verdict</tr></thead><tbody>{''.join(rows)}</tbody></table>
{''.join(sections)}
</main></body></html>
""", encoding="utf-8")
    print(f"{said}: {options.output}")


if __name__ == "__main__":
    main()
