#!/usr/bin/env python3
"""Writes word vectors as the text that neurox reads (docs/networks.md#word-vectors).

    python3 scripts/convert/word_vectors.py VECTORS OUT.vec

VECTORS is word2vec's binary form (GoogleNews-vectors.bin), or JSON, {"vectors": {word: [numbers]}} or {word: [numbers]}, as
ml5.js has it; either may end in .gz. Numbers keep nine digits, which are all of a float's. Needs numpy for binary files.
"""
import gzip
import json
import sys


def of_json(file):
    tree = json.load(file)
    vectors = tree.get("vectors", tree)
    yield len(vectors), len(next(iter(vectors.values())))
    yield from vectors.items()


def of_binary(file):
    import numpy as np

    words, width = map(int, file.readline().split())
    yield words, width
    for _ in range(words):
        word = b""
        while (byte := file.read(1)) != b" ":
            word += byte
        yield word.lstrip(b"\n").decode("utf-8", "replace"), np.frombuffer(file.read(4 * width), np.float32)


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    name = sys.argv[1]
    with (gzip.open if name.endswith(".gz") else open)(name, "rb") as file, open(sys.argv[2], "w", encoding="utf-8") as out:
        rows = of_json(file) if name.removesuffix(".gz").endswith(".json") else of_binary(file)
        print(*next(rows), file=out)
        for word, numbers in rows:
            print("_".join(word.split()) or "_", *(f"{x:.9g}" for x in numbers), file=out)


if __name__ == "__main__":
    main()
