"""Whole programs, as a user starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.engine.studio import PATIENCE_S, PROJECT, Studio


def command(studio: Studio, *words: str, home: str = "home") -> list[str]:
    """A command line of the program for a studio."""
    return [sys.executable, "-m", "syncgui", *words, *studio.options(home)]


def run(studio: Studio, *words: str, home: str = "home") -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(studio, *words, home=home), capture_output=True, text=True, timeout=120, check=False
    )


@contextmanager
def running(
    studio: Studio, *words: str, home: str = "home", environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs; killed at the end if it still does."""
    with (studio.folder / f"{home}.log").open("ab") as log:
        process = subprocess.Popen(
            command(studio, *words, home=home), stdout=log, stderr=log, env=environment
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_S)


def entries(studio: Studio, site: str = "backup") -> Iterator[tuple[str, dict[str, object]]]:
    """All recorded paths of a project, below the root, with their entry of a site."""
    for chunk in studio.app.store.scan(PROJECT):
        for document in chunk:
            for file in document["files"]:  # type: ignore[attr-defined]
                for entry in file["sites"]:
                    if entry["name"] == site:
                        yield file["path"].removeprefix("{root[work]}/"), entry


def recorded_without_their_file(studio: Studio, site: str = "backup") -> list[str]:
    """P1: what is recorded as there and is not there, whole and right."""
    return [
        path
        for path, entry in entries(studio, site)
        if entry.get("created_dt") is not None and not _equal(studio, path, site)
    ]


def leftovers(studio: Studio) -> list[Path]:
    """Partials anywhere."""
    return sorted((studio.folder / "sites").rglob(".syncgui-*"))


def counts(studio: Studio) -> dict[str, int]:
    """What `status --json` counts, without zeros."""
    found = json.loads(run(studio, "status", "--json").stdout)
    return {name: n for name, n in found["projects"][0]["counts"].items() if n}


def _equal(studio: Studio, path: str, site: str) -> bool:
    there = studio.root(site) / path
    return there.is_file() and there.read_bytes() == (studio.root("studio") / path).read_bytes()


def publish_many(studio: Studio, count: int, size_bytes: int) -> list[str]:
    """One-file representations with contents of their own, recorded at once; their ids."""
    records = []
    for number in range(count):
        name = f"show/f{number % 20}/{number:05}.exr"
        studio.write(name, os.urandom(size_bytes))
        records.append(studio.file(name, size_bytes))
    return [studio.insert({"files": [record]}) for record in records]
