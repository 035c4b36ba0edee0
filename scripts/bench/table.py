"""Prints the results of scripts/bench.sh as a Markdown table, each peer as a ratio to neurox on the same work.

Medians over the turns; a ratio is of one turn, given as the median and, after several turns, its range. Usage: table.py RESULTS"""
import json
import statistics
import sys

turns = {}
with open(sys.argv[1], encoding="utf8") as results:
    for line in results:
        entry = json.loads(line)
        turns.setdefault(entry["name"], []).append(entry)


def process(entry):
    return entry.get("process", entry["seconds"])


def ratios(theirs, ours):
    each = [a / b for a, b in zip(theirs, ours)]
    spread = f" ({min(each):.2f} to {max(each):.2f})" if len(each) > 1 else ""
    return f"{statistics.median(each):.2f}{spread}"


print("| work | program | seconds | times neurox | whole process | times neurox | peak memory, MB | objective |\n|" + "---|" * 8)
for name, entries in turns.items():
    work, program = name.split(": ", 1)
    ours = [entry["seconds"] for entry in turns[work + ": neurox"]]
    seconds, processes = [entry["seconds"] for entry in entries], [process(entry) for entry in entries]
    objective = f"{entries[0]['objective']:.6f}" if "objective" in entries[0] else ""
    print(
        f"| {work} | {program} | {statistics.median(seconds):.2f} | {ratios(seconds, ours)} | {statistics.median(processes):.2f} "
        f"| {ratios(processes, ours)} | {max(entry['mb'] for entry in entries):.0f} | {objective} |"
    )
