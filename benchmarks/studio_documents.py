"""Representations as a studio has them, made up by number: mean two files, a few sequences, 2 % open.

`python -m benchmarks.studio_documents ADDRESS 100000` records so many in a database, by the driver or
through the store; nothing of it is on any disk. The same number gives the same document.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bson import ObjectId

from syncgui.store.opening import open_store

PROJECT = "Bench"
OPEN_EVERY = 50
SEQUENCE_EVERY = 10_000
SEQUENCE_FILES = 1_000
_WHEN = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
_AT_ONCE = 2_000
_FILES = (1, 1, 1, 1, 1, 2, 2, 2, 4, 4)


def main() -> None:
    """Record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0, help="the number of the first representation")
    given = parser.parse_args()
    record(given.address, given.first, given.count)


def record(address: str, first: int, count: int) -> None:
    """Record the representations of these numbers in a database."""
    store = open_store(address, create=True, worker_lock_dir=Path.cwd())
    try:
        for start in range(first, first + count, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, first + count))
            store.insert(PROJECT, list(documents(numbers)))
    finally:
        store.close()


def documents(numbers: range) -> Iterator[dict[str, object]]:
    """The representations of these numbers."""
    return (_document(number) for number in numbers)


def _document(number: int) -> dict[str, object]:
    published = _WHEN + timedelta(seconds=number)
    is_open = number % OPEN_EVERY == 0
    is_sequence = number % SEQUENCE_EVERY == SEQUENCE_EVERY // 2
    files = SEQUENCE_FILES if is_sequence else _FILES[number % len(_FILES)]
    asset, subset = f"sh{number % 977:03d}", f"render{'ABCDEFG'[number % 7]}"
    return {
        "_id": _id(number),
        "schema": "openpype:representation-2.0",
        "type": "representation",
        "parent": ObjectId(f"{1:08x}{number // 3:016x}"),
        "name": ("exr", "abc", "usd")[number % 3],
        "data": {"path": "P:/projects/Bench", "template": "{root[work]}/{project[name]}/{hierarchy}"},
        "context": {
            "root": {"work": "P:/projects"},
            "project": {"name": PROJECT, "code": "bnc"},
            "asset": asset,
            "subset": subset,
            "version": number % 13,
            "representation": ("exr", "abc", "usd")[number % 3],
            "family": "render",
            "hierarchy": f"shots/sq{number % 31:02d}",
            "username": "anna",
        },
        "files": [_file(number, frame, asset, published, is_open=is_open) for frame in range(files)],
    }


def _file(number: int, frame: int, asset: str, published: datetime, *, is_open: bool) -> dict[str, object]:
    there = {"name": "backup", "created_dt": published}
    return {
        "_id": ObjectId(f"{frame:08x}{number:016x}"),
        "path": f"{{root[work]}}/Bench/{number % 50}/{asset}.{number}.{1001 + frame}.exr",
        "size": 20_480,
        "hash": f"{asset}_{number},{1001 + frame},exr|1592468963,24|20480",
        "sites": [
            {"name": "studio", "created_dt": published},
            {"name": "backup"} if is_open else there,
        ],
    }


def _id(number: int) -> ObjectId:
    return ObjectId(f"{int(_WHEN.timestamp()) + number % 1_000_000:08x}{number:016x}")


if __name__ == "__main__":
    main()
