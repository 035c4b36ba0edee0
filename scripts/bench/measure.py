"""Runs a command and appends its seconds and peak memory to a file. Usage: measure.py NAME RESULTS COMMAND..."""
import json
import os
import subprocess
import sys
import time

name, results, *command = sys.argv[1:]
begin = time.perf_counter()
process = subprocess.Popen(command, stdout=subprocess.PIPE)
out = process.stdout.read()
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - begin
if status != 0:
    sys.exit(f"{name}: the command failed")
entry = {"name": name, "seconds": seconds, "mb": usage.ru_maxrss / 1024}
try:
    said = json.loads(out)
    entry.update({k: said[k] for k in ("objective", "accuracy", "optimality residual") if k in said})
    entry.update({"objective": said[k] for k in ("error", "inertia") if k in said})
except ValueError:
    pass
with open(results, "a", encoding="utf8") as f:
    f.write(json.dumps(entry) + "\n")
print(entry, file=sys.stderr, flush=True)
