"""What a finding is: what is written down before its numbers are looked at, and what is read from what the commands printed."""

import csv
import json
from dataclasses import dataclass, field


class Missing(Exception):
    """A file that a finding is read from is not there."""


class Files:
    """What the commands printed (.json) and exported (.csv), by name."""

    def __init__(self, folder):
        self.folder = folder

    def open(self, name):
        try:
            return open(self.folder / name, encoding="utf-8", newline="")
        except FileNotFoundError:
            raise Missing(name) from None

    def json(self, name):
        with self.open(name + ".json") as file:
            try:
                return json.load(file)
            except ValueError:
                raise Missing(name + ".json, unfinished") from None

    def csv(self, name):
        with self.open(name + ".csv") as file:
            return list(csv.DictReader(file))


@dataclass
class Number:
    """A number with its interval; a verdict where a criterion speaks of it."""

    what: str
    interval: tuple  # value, low, high
    verdict: str | None = None
    percent: bool = False


@dataclass
class Reading:
    verdict: str
    numbers: list
    figures: list = field(default_factory=list)  # (caption, SVG or HTML)
    note: str = ""  # what the numbers leave open


@dataclass
class Finding:
    """Text in HTML. `criterion` was fixed from the literature before the numbers were looked at."""

    name: str
    title: str
    literature: str
    done: str
    criterion: str
    read: object


FINDINGS = {}


def finding(name, title, literature, done, criterion):
    def add(read):
        FINDINGS[name] = Finding(name, title, literature, done, criterion, read)
        return read

    return add
