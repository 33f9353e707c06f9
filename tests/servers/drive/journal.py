"""The server's memory: one JSON line for each change, written before the call is answered.

A process that is killed loses nothing that was answered, since the lines are with the operating system; a
line cut off in the middle is left out when the file is read again.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.servers.drive.errors import Document


class Journal:
    """An append-only file of records."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._descriptor = -1

    def records(self) -> Iterator[tuple[str, Document]]:
        """All of them, in the order they were written: (kind, fields)."""
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            for line in lines:
                try:
                    kind, fields = json.loads(line)
                except ValueError:
                    continue
                yield kind, fields

    def rewrite(self, records: Iterable[tuple[str, Document]]) -> None:
        """Begin anew with these, and go on at their end."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as target:
            for kind, fields in records:
                target.write(_line(kind, fields))
        fresh.replace(self._path)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def append(self, *records: tuple[str, Document]) -> None:
        """Keep these, all in one write."""
        data = b"".join(_line(kind, fields) for kind, fields in records)
        with self._lock:
            os.write(self._descriptor, data)


def _line(kind: str, fields: Document) -> bytes:
    return json.dumps([kind, fields], separators=(",", ":")).encode() + b"\n"
