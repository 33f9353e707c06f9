"""The model of the status table: a real index, a real reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from syncgui.index import Index
from syncgui.model.status import Status
from syncgui.views.columns import Column
from syncgui.views.standing import Flow, Progress, Standing
from syncgui.views.table_model import CELL, ROW, Query, RepresentationModel
from syncgui.views.table_rows import PAGE
from tests.index.conftest import PROJECT
from tests.index.documents import file, present, representation, to_upload
from tests.views.table_bench import TableBench, key_of, table_bench

T = TypeVar("T")


@pytest.fixture
def table(tmp_path: Path, qtbot: QtBot) -> Iterator[TableBench]:
    with table_bench(tmp_path, qtbot, 1_000) as made:
        yield made


def test_it_stays_a_sound_model_while_rows_come_go_move_and_are_filtered(
    table: TableBench, qtmodeltester: ModelTester
) -> None:
    model = table.model
    qtmodeltester.check(model, force_py=True)  # type: ignore[no-untyped-call]
    assert table.ask(Query(PROJECT)) == 1_000
    model.set_visible(0, 20)
    table.wait(lambda: model.row_at(20) is not None)
    new = to_upload()
    table.bench.store.put(PROJECT, new)
    table.catch_up()
    table.wait(lambda: model.rowCount() == 1_001)
    table.bench.store.delete(PROJECT, [str(new["_id"])])
    table.catch_up()
    table.wait(lambda: model.rowCount() == 1_000)
    table.change(key_of(table.bench, 500), tries=3, error="gone")
    table.wait(lambda: (row := model.row_at(0)) is not None and row.status is Status.FAILED)
    assert table.ask(Query(PROJECT, statuses=frozenset({Status.QUEUED}))) == 9
    assert table.ask(Query(PROJECT, sort="asset", descending=True)) == 1_000
    assert table.ask(Query(PROJECT, search="nothing has this")) == 0
    assert table.ask(Query("no such project")) == 0


def test_nothing_resets_the_model(table: TableBench, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(table.model.modelReset):
        table.ask(Query(PROJECT))
        table.ask(Query(PROJECT, search="sh07"))
        table.ask(Query(PROJECT, sort="size"))


def test_only_pages_in_sight_and_beside_are_read(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    table.model.set_visible(500, 520)
    table.wait(
        lambda: table.model.row_at(PAGE * 2) is not None and table.model.row_at(PAGE * 5 - 1) is not None
    )
    read = [place for place in range(1_000) if table.model.row_at(place) is not None]
    assert read == list(range(2 * PAGE, 6 * PAGE)) or read == list(range(2 * PAGE, 5 * PAGE))


def test_an_index_that_is_held_follows_its_row_into_another_order(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    held = QPersistentModelIndex(table.model.index(400, 2))
    row_id = table.model.row_id_at(400)
    table.ask(Query(PROJECT, sort="size"))
    assert held.isValid()
    assert (table.model.row_id_at(held.row()), held.column()) == (row_id, 2)
    assert held.row() != 400


def test_an_index_that_is_made_while_the_reader_is_at_work_follows_too(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    row_id = table.model.row_id_at(400)
    gate = threading.Event()
    table.reader.submit(gate.wait, lambda _: None)
    table.model.set_query(Query(PROJECT, sort="size"))
    held = QPersistentModelIndex(table.model.index(400, 0))
    with table.qtbot.waitSignal(table.model.answered):
        gate.set()
    assert table.model.row_id_at(held.row()) == row_id


def test_rows_that_are_added_are_blank_until_the_order_is_theirs(table: TableBench) -> None:
    table.ask(Query(PROJECT, statuses=frozenset({Status.QUEUED})))
    model = table.model
    added: list[list[int]] = []
    model.rowsInserted.connect(lambda _, first, last: added.append(list(model.row_ids(first, last))))
    table.ask(Query(PROJECT))
    assert added == [[0] * 990]
    ids = model.row_ids(0, 1_000)
    assert len(set(ids)) == 1_000
    assert 0 not in ids


def test_the_index_of_a_row_that_goes_is_void(table: TableBench) -> None:
    table.ask(Query(PROJECT, statuses=frozenset({Status.QUEUED})))
    held = QPersistentModelIndex(table.model.index(3, 0))
    table.ask(Query(PROJECT, statuses=frozenset({Status.SYNCED})))
    assert not held.isValid()


def test_the_same_order_changes_nothing_but_the_rows_in_sight(table: TableBench, qtbot: QtBot) -> None:
    table.ask(Query(PROJECT, sort="size"))
    table.model.set_visible(3, 12)
    table.wait(lambda: table.model.row_at(12) is not None and table.model.row_at(PAGE) is not None)
    told: list[tuple[int, int]] = []
    table.model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    row = table.row(7)
    with qtbot.assertNotEmitted(table.model.layoutChanged):
        table.change(row.representation, tries=3, error="gone")
        table.wait(lambda: table.row(7).status is Status.FAILED)
    assert told == [(7, 7)]


class _HeldBack:
    """Asks, and gives answers only when they are let go."""

    def __init__(self) -> None:
        self.answers: list[Callable[[], None]] = []

    def __call__(
        self,
        task: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        key: str = "",
    ) -> None:
        del failed, key
        result = task()
        self.answers.append(lambda: done(result))


def test_a_late_answer_is_dropped(table: TableBench) -> None:
    held = _HeldBack()
    model = RepresentationModel(lambda: table.bench.index, held)
    model.set_query(Query(PROJECT))
    model.set_query(Query(PROJECT, statuses=frozenset({Status.QUEUED})))
    first, second = held.answers
    second()
    assert model.rowCount() == 10
    first()
    assert model.rowCount() == 10


def test_the_main_thread_looks_at_few_of_many_rows(table: TableBench) -> None:
    """Counts what it reads of the order while the order changes."""
    table.ask(Query(PROJECT))
    model = table.model
    looked: list[int] = []
    real = model.row_id_at
    model.set_visible(0, 20)
    table.wait(lambda: model.row_at(20) is not None)

    class Counting(type(model._ids)):  # type: ignore[misc]
        def __iter__(self) -> Iterator[int]:
            looked.append(len(self))
            return super().__iter__()  # type: ignore[no-any-return]

        def __getitem__(self, place: int | slice) -> object:
            looked.append(1)
            return super().__getitem__(place)

    model._ids = Counting("q", model._ids)
    held = QPersistentModelIndex(model.index(9, 0))
    table.ask(Query(PROJECT, sort="size"))
    assert held.isValid()
    assert real(held.row())
    assert 0 < sum(looked) < 200


def test_progress_is_told_of_cells_in_sight_only(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    model = table.model
    model.set_visible(0, 5)
    table.wait(lambda: model.row_at(8) is not None)
    told: list[tuple[tuple[int, int], tuple[int, int]]] = []
    model.dataChanged.connect(
        lambda first, last: told.append(((first.row(), first.column()), (last.row(), last.column())))
    )
    moving = {
        (PROJECT, table.row(place).representation): Progress(up_bytes=table.row(place).size_bytes // 4)
        for place in (2, 8)
    }
    model.set_standing(Standing(flow=Flow(moving=moving)))
    assert told == [
        ((2, Column.ACTIVE), (2, Column.REMOTE)),
        ((2, Column.STATUS), (2, Column.STATUS)),
    ]
    assert model.index(2, Column.REMOTE).data() == "25 %"
    assert model.index(2, Column.STATUS).data() == "Uploading 25 %"
    told.clear()
    model.set_standing(Standing(flow=Flow(moving=dict(moving))))
    assert told == []


def test_rows_that_stand_together_are_told_of_together(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    model = table.model
    model.set_visible(0, 9)
    table.wait(lambda: model.row_at(9) is not None)
    told: list[tuple[int, int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row(), last.column())))
    places = (0, 3, 4, 5, 9)
    moving = {(PROJECT, table.row(place).representation): Progress(up_bytes=1) for place in places}
    model.set_standing(Standing(flow=Flow(moving=moving)))
    assert [one[:2] for one in told if one[2] == Column.STATUS] == [(0, 0), (3, 5), (9, 9)]


def test_it_says_nothing_for_roles_that_it_does_not_serve(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    table.model.set_visible(0, 5)
    table.wait(lambda: table.model.row_at(0) is not None)
    index = table.model.index(0, 0)
    assert index.data(ROW) == table.model.row_at(0)
    assert index.data(CELL) is None
    for role in (Qt.ItemDataRole.FontRole, Qt.ItemDataRole.BackgroundRole, Qt.ItemDataRole.DecorationRole):
        assert index.data(role) is None


def test_a_row_that_is_not_read_yet_is_blank(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    assert table.model.index(900, Column.ASSET).data() is None
    assert table.model.index(900, Column.ASSET).data(ROW) is None


def test_cells_say_what_the_row_holds(table: TableBench) -> None:
    document = representation(
        file("a", present("studio"), present("gdrive"), size=1_500_000), asset="<b>x", version=7
    )
    table.bench.store.put(PROJECT, document)
    table.catch_up()
    table.ask(Query(PROJECT, search="<b>x"))
    table.model.set_visible(0, 0)
    table.wait(lambda: table.model.row_at(0) is not None)
    texts = [table.model.index(0, column).data() for column in Column]
    assert texts[:4] == ["<b>x", "renderMain", "v007", "exr"]
    assert texts[6:] == ["1", "1.5 MB", "On both sites"]
    tooltip = table.model.index(0, Column.ASSET).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;x" in tooltip


def test_an_index_that_fails_is_asked_again(table: TableBench) -> None:
    asked: list[bool] = []

    def index() -> Index:
        asked.append(True)
        if len(asked) == 1:
            raise OSError("gone for a moment")
        return table.bench.index

    model = RepresentationModel(index, table.reader.submit)
    model.set_query(Query(PROJECT))
    table.wait(lambda: model.rowCount() == 1_000)
    assert len(asked) == 2


def test_orders_are_not_asked_for_at_each_refresh(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    orders: list[bool] = []
    real = table.bench.index.representation_ids

    def counted(project: str, **more: object) -> object:
        orders.append(True)
        return real(project, **more)  # type: ignore[arg-type]

    table.bench.index.representation_ids = counted  # type: ignore[method-assign, assignment]
    for _ in range(100):
        table.model.refresh()
        table.qtbot.wait(1)
    assert len(orders) <= 2
    table.wait(lambda: len(orders) >= 1)


def test_there_are_no_children(table: TableBench) -> None:
    table.ask(Query(PROJECT))
    assert table.model.rowCount(table.model.index(0, 0)) == 0
    assert table.model.columnCount(table.model.index(0, 0)) == 0
    assert table.model.rowCount(QModelIndex()) == 1_000
