"""Prints the results of scripts/bench.sh as a Markdown table, each peer as a ratio to neurox on the same work. Usage: table.py RESULTS"""
import json
import sys

entries = [json.loads(line) for line in open(sys.argv[1], encoding="utf8")]
print("| work | program | seconds | times neurox | whole process | times neurox | peak memory, MB | objective |\n|" + "---|" * 8)
for entry in entries:
    work, program = entry["name"].split(": ", 1)
    ours = next(e for e in entries if e["name"] == work + ": neurox")["seconds"]
    process = entry.get("process", entry["seconds"])
    objective = f"{entry['objective']:.6f}" if "objective" in entry else ""
    print(
        f"| {work} | {program} | {entry['seconds']:.2f} | {entry['seconds'] / ours:.2f} | {process:.2f} | {process / ours:.2f} "
        f"| {entry['mb']:.0f} | {objective} |"
    )
