"""Prints "BYTES NAME VERSION" for each package in a pip installation report; 0 bytes where no size is told."""

import json
import os
import sys
import urllib.parse
import urllib.request


def size(url):
    parts = urllib.parse.urlsplit(url)
    try:
        if parts.scheme == "file":
            return os.path.getsize(urllib.request.url2pathname(parts.path))
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=20) as answer:
            return int(answer.headers["Content-Length"])
    except (OSError, TypeError, ValueError):
        return 0


with open(sys.argv[1], encoding="utf-8") as report:
    for package in json.load(report)["install"]:
        url = package["download_info"]["url"]
        print(size(url), package["metadata"]["name"], package["metadata"]["version"])
