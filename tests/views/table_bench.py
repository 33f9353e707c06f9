"""A table over a real index of many representations, and the reader that it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pytestqt.qtbot import QtBot

from syncgui.index import Row
from syncgui.model.representation import Document
from syncgui.views.table_model import Query, RepresentationModel
from syncgui.views.table_view import StatusTable
from syncgui.views.task_thread import TaskThread
from tests.index.conftest import PROJECT, Bench
from tests.index.documents import entry_of
from tests.index.generated_store import GeneratedStore

PATIENCE_MS = 20_000


@dataclass
class TableBench:
    """Store, index, reader, model and, once it is shown, view."""

    bench: Bench
    reader: TaskThread
    qtbot: QtBot
    model: RepresentationModel = field(init=False)

    def __post_init__(self) -> None:
        self.model = RepresentationModel(lambda: self.bench.index, self.reader.submit)

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)

    def ask(self, query: Query) -> int:
        """Ask for rows and wait until they stand; how many there are."""
        with self.qtbot.waitSignal(self.model.answered, timeout=PATIENCE_MS) as heard:
            self.model.set_query(query)
        answer = heard.args
        assert answer is not None
        assert answer[0] == query
        return int(answer[1])

    def show(self, query: Query | None = None) -> StatusTable:
        """A view of 20 rows and a bit, with its rows read."""
        table = StatusTable()
        table.setModel(self.model)
        self.qtbot.addWidget(table)
        table.resize(1200, 20 * 26 + 60)
        table.show()
        self.ask(query or Query(PROJECT))
        self.wait_for_rows(table)
        return table

    def wait_for_rows(self, table: StatusTable) -> None:
        """Wait until every visible row is read."""

        def read() -> bool:
            first, last = table.visible_rows()
            return all(self.model.row_at(place) is not None for place in range(first, last + 1))

        self.wait(read)

    def row(self, place: int) -> Row:
        """A row that must be read."""
        row = self.model.row_at(place)
        assert row is not None
        return row

    def catch_up(self) -> None:
        """The index follows the store, and the model is told."""
        self.bench.catch_up()
        self.model.refresh()

    def change(self, representation: str, **wish: object) -> None:
        """Change the wish of a representation and catch up."""
        document = dict(self.bench.store.read(PROJECT, [representation])[0])
        entry = entry_of(document, "gdrive")
        entry.pop("created_dt", None)
        entry.update(wish)
        self.bench.store.put(PROJECT, document)
        self.catch_up()


class _DeletingStore(GeneratedStore):
    """Has what it generates and what was put there, and lets the latter be deleted."""

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        put = self.documents.get(project, {})
        return super().read(project, [key for key in ids if key in put or self._is_mine(key)])

    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        put = self.documents.get(project, {})
        return {key: str(put[key].get("type")) for key in ids if key in put}

    def _is_mine(self, key: str) -> bool:
        return int(key[8:], 16) < self.size


@contextmanager
def table_bench(path: Path, qtbot: QtBot, count: int) -> Iterator[TableBench]:
    """A table over so many representations; each hundredth is queued."""
    bench = Bench(path / "index.sqlite", _DeletingStore(count))
    bench.catch_up()
    reader = TaskThread("reader")
    reader.start()
    try:
        yield TableBench(bench, reader, qtbot)
    finally:
        assert reader.stop()
        bench.index.close()


def key_of(bench: Bench, number: int) -> str:
    """The id of a representation of the generated store."""
    store = bench.store
    assert isinstance(store, GeneratedStore)
    return store.key(number)


__all__ = ["PROJECT", "TableBench", "key_of", "table_bench"]
