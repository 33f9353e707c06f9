"""Many small files below `studio`, one representation each, that are to come to `backup`."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bson import ObjectId

PROJECT = "Bench"
FOLDERS = 20
LOOK_S = 0.05


def write_files(folder: Path, count: int, size_bytes: int) -> list[dict[str, object]]:
    """Write files of chance bytes below `FOLDERS` folders, which both sites get; their representations."""
    now = datetime.now(UTC)
    documents: list[dict[str, object]] = []
    for number in range(count):
        name = f"f{number % FOLDERS}/{number:05}.exr"
        for site in ("studio", "backup"):
            (folder / site / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "studio" / name).write_bytes(os.urandom(size_bytes))
        file = {
            "_id": ObjectId(),
            "path": f"{{root[work]}}/{name}",
            "size": size_bytes,
            "sites": [{"name": "studio", "created_dt": now}, {"name": "backup"}],
        }
        documents.append(
            {
                "_id": ObjectId(),
                "type": "representation",
                "name": "exr",
                "parent": ObjectId(),
                "context": {"asset": "sh010", "subset": "renderMain", "version": 1},
                "files": [file],
            }
        )
    return documents


def wanted(documents: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    """The entries of `backup` in these representations."""
    for document in documents:
        files = document["files"]
        assert isinstance(files, list)
        yield from (entry for file in files for entry in file["sites"] if entry["name"] == "backup")


def count_equal(folder: Path) -> int:
    """How many files are on both sites with the same content."""
    return sum(
        _digest(path) == _digest(folder / "backup" / path.relative_to(folder / "studio"))
        for path in folder.glob("studio/*/*.exr")
    )


def partials(folder: Path) -> list[Path]:
    """What is left of transfers on both sites."""
    return [path for site in ("studio", "backup") for path in (folder / site).rglob(".syncgui-*.part")]


def until(holds: Callable[[], bool], what: str, patience_s: float) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: it did not come to hold.
    """
    end_s = time.perf_counter() + patience_s
    while not holds():
        if time.perf_counter() > end_s:
            raise TimeoutError(f"{what}: not within {patience_s} s")
        threading.Event().wait(LOOK_S)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
