"""Prints the results of scripts/bench.sh as a Markdown table, each peer as a ratio to neurox on the same work. Usage: table.py RESULTS"""
import json
import sys

entries = [json.loads(line) for line in open(sys.argv[1], encoding="utf8")]
print("| work | program | seconds | times neurox | peak memory, MB | objective |\n|---|---|---|---|---|---|")
for entry in entries:
    work, program = entry["name"].split(": ", 1)
    ours = next(e for e in entries if e["name"] == work + ": neurox")
    objective = f"{entry['objective']:.6f}" if "objective" in entry else ""
    print(f"| {work} | {program} | {entry['seconds']:.2f} | {entry['seconds'] / ours['seconds']:.2f} | {entry['mb']:.0f} | {objective} |")
