"""A store of many one-file representations that are made when they are read.

It holds the numbers of those that were changed and nothing else, so a test of a hundred thousand costs
no memory of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from syncgui.model.representation import Document
from tests.index.documents import WHEN
from tests.index.memory_store import MemoryStore

PROJECT = "show"
_CHUNK = 1_000
_FIRST = datetime(2022, 1, 1, tzinfo=UTC)


class GeneratedStore(MemoryStore):
    """`count` representations: each hundredth is open by default, the rest is complete.

    Args:
        count: how many.
        wishes: what stands in the wish's entry, by the number modulo `every`; None: the file is there.
        every: the length of the pattern.
    """

    def __init__(
        self, count: int, wishes: Mapping[int, Mapping[str, object]] | None = None, every: int = 100
    ) -> None:
        super().__init__()
        self.size = count
        self._wishes = {0: {}} if wishes is None else wishes
        self._every = every

    def key(self, number: int) -> str:
        """The id of a representation."""
        return f"{int(_FIRST.timestamp()) + number:08x}{number:016x}"

    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        del project
        for start in range(0, self.size, _CHUNK):
            yield [self._make(number) for number in range(start, min(start + _CHUNK, self.size))]

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        changed = {str(document["_id"]): document for document in super().read(project, ids)}
        return [changed.get(key) or self._make(int(key[8:], 16)) for key in ids]

    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        del project
        return dict.fromkeys(ids, "version")

    def _make(self, number: int) -> Document:
        wish = self._wishes.get(number % self._every)
        created = WHEN + timedelta(seconds=number)
        there = {"name": "gdrive", "created_dt": created, "id": f"id{number}"}
        name = f"sh{number % 977:03d}_renderMain_v{number % 13:03d}.{number}.exr"
        return {
            "_id": ObjectId(self.key(number)),
            "type": "representation",
            "parent": ObjectId(self.key(number)),
            "name": "exr",
            "context": {
                "asset": f"sh{number % 977:03d}",
                "subset": "renderMain",
                "version": number % 13,
                "hierarchy": f"shots/sq{number % 31:02d}",
                "username": "anna",
            },
            "files": [
                {
                    "_id": ObjectId(self.key(number)),
                    "path": f"{{root[work]}}/show/sh{number % 977:03d}/publish/{name}",
                    "size": 1000 + number,
                    "sites": [
                        {"name": "studio", "created_dt": created},
                        there if wish is None else {"name": "gdrive", **wish},
                    ],
                }
            ],
        }
