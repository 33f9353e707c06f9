"""The status table as a person meets it: selection, place, sorting, copying, columns."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncgui.model.status import Status
from syncgui.views import icons, palettes, table_model
from syncgui.views.columns import ROW_HEIGHT, WIDTHS, Column
from syncgui.views.palettes import Tone
from syncgui.views.table_model import Query
from syncgui.views.table_view import StatusTable
from tests.index.conftest import PROJECT
from tests.index.documents import to_upload
from tests.views.table_bench import TableBench, key_of, table_bench

COUNT = 3_000
LEFT = Qt.MouseButton.LeftButton
NOTHING = Qt.KeyboardModifier.NoModifier
_ROWS = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows


@pytest.fixture
def table(tmp_path: Path, qtbot: QtBot) -> Iterator[TableBench]:
    with table_bench(tmp_path, qtbot, COUNT) as made:
        yield made


def pixel(view: StatusTable, row_id: int, table: TableBench) -> int:
    place = table.model.position_of(row_id)
    assert place is not None
    return view.rowViewportPosition(place)


def test_a_selected_row_stays_selected_at_its_pixel_through_updates_and_a_publish(table: TableBench) -> None:
    view = table.show(Query(PROJECT))
    view.verticalScrollBar().setValue(2_000 * ROW_HEIGHT + 11)
    table.wait_for_rows(view)
    view.selectRow(2_007)
    row_id = table.model.row_id_at(2_007)
    before = pixel(view, row_id, table)
    for round_ in range(5):
        for number in range(round_ * 100 + 1, round_ * 100 + 60):
            document = dict(table.bench.store.read(PROJECT, [key_of(table.bench, number)])[0])
            document["files"][0]["sites"][1] = {"name": "gdrive", "tries": 3, "error": "gone"}  # type: ignore[index]
            table.bench.store.put(PROJECT, document)
        with table.qtbot.waitSignal(table.model.reordered, timeout=20_000):
            table.catch_up()
    table.bench.store.put(PROJECT, to_upload())
    table.catch_up()
    table.wait(lambda: table.model.rowCount() == COUNT + 1)
    table.wait_for_rows(view)
    assert [row.row_id for row in view.selected_rows()] == [row_id]
    assert table.model.row_id_at(view.currentIndex().row()) == row_id
    assert view.currentIndex().row() > 2_007
    assert pixel(view, row_id, table) == before


def test_without_a_selection_the_top_row_keeps_its_place(table: TableBench) -> None:
    view = table.show()
    view.verticalScrollBar().setValue(1_000 * ROW_HEIGHT + 3)
    row_id = table.model.row_id_at(1_000)
    before = pixel(view, row_id, table)
    table.change(key_of(table.bench, 5), tries=3, error="gone")
    table.wait(lambda: table.model.position_of(row_id) == 1_001)
    assert pixel(view, row_id, table) == before


def test_at_the_top_what_is_new_comes_into_sight(table: TableBench) -> None:
    view = table.show()
    table.change(key_of(table.bench, 5), tries=3, error="gone")
    table.wait(lambda: (row := table.model.row_at(0)) is not None and row.status is Status.FAILED)
    assert view.verticalScrollBar().value() == 0


def test_a_selection_survives_sorting_and_a_search_that_has_it(table: TableBench) -> None:
    view = table.show()
    view.selectRow(12)
    row_id = table.model.row_id_at(12)
    name = table.row(12).asset
    table.ask(Query(PROJECT, sort="size"))
    assert list(view.selected_ids()) == [row_id]
    table.ask(Query(PROJECT, search=name))
    assert list(view.selected_ids()) == [row_id]
    table.ask(Query(PROJECT))
    assert list(view.selected_ids()) == [row_id]


def test_a_large_selection_survives_too(table: TableBench) -> None:
    view = table.show(Query(PROJECT, sort="size"))
    model = table.model
    for place in range(0, 1_000, 2):
        view.selectionModel().select(model.index(place, 0), _ROWS)
    chosen = set(view.selected_ids())
    assert len(chosen) == view.selected_count() == 500
    table.ask(Query(PROJECT, sort="size", descending=True))
    assert set(view.selected_ids()) == chosen
    assert view.selected_count() == 500
    assert view.selectionModel().isRowSelected(model.position_of(chosen.pop()) or 0)


def test_all_stays_all_when_rows_come(table: TableBench) -> None:
    view = table.show()
    view.selectAll()
    assert view.selected_count() == COUNT
    table.bench.store.put(PROJECT, to_upload())
    table.catch_up()
    table.wait(lambda: view.selected_count() == COUNT + 1)


def test_deleted_rows_vanish_from_the_selection(table: TableBench) -> None:
    new = to_upload()
    table.bench.store.put(PROJECT, new)
    table.bench.catch_up()
    view = table.show()
    found = table.bench.index.find(PROJECT, str(new["_id"]))
    assert found is not None
    assert view.select_row_id(found.row_id)
    place = view.currentIndex().row()
    table.bench.store.delete(PROJECT, [str(new["_id"])])
    table.catch_up()
    table.wait(lambda: table.model.rowCount() == COUNT)
    assert view.selected_count() == 0
    assert view.currentIndex().row() == place
    assert not view.select_row_id(found.row_id)


def test_a_click_sorts_ascending_then_descending_then_as_at_first(table: TableBench) -> None:
    view = table.show()
    asked: list[tuple[str, bool]] = []
    view.sort_requested.connect(lambda key, down: asked.append((key, down)))
    header = view.horizontalHeader()
    for column in (Column.SIZE, Column.SIZE, Column.SIZE, Column.STATUS):
        where = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
        QTest.mouseClick(header.viewport(), LEFT, NOTHING, where)
    assert asked == [("size", False), ("size", True), ("default", False), ("status", False)]
    assert header.sortIndicatorSection() == Column.STATUS


def test_copied_rows_are_tab_separated_lines_of_the_visible_columns(table: TableBench) -> None:
    view = table.show(Query(PROJECT, sort="size"))
    for column in (Column.ACTIVE, Column.REMOTE, Column.STATUS):
        view.setColumnHidden(column, True)
    view.horizontalHeader().moveSection(Column.SIZE, 0)
    view.selectRow(1)
    view.selectionModel().select(table.model.index(2_500, 0), _ROWS)
    QGuiApplication.clipboard().clear()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    table.wait(lambda: bool(QGuiApplication.clipboard().text()))
    assert QGuiApplication.clipboard().text().split("\n") == [
        "1.0 kB\tsh001\trenderMain\tv001\texr\t1",
        "3.5 kB\tsh546\trenderMain\tv004\texr\t0/1",
    ]


def test_columns_are_remembered(table: TableBench) -> None:
    view = table.show()
    view.setColumnWidth(Column.SUBSET, 222)
    view.setColumnHidden(Column.NAME, True)
    view.horizontalHeader().moveSection(0, 2)
    again = StatusTable()
    table.qtbot.addWidget(again)
    again.setModel(table.model)
    again.restore_state(view.save_state())
    assert again.columnWidth(Column.SUBSET) == 222
    assert again.isColumnHidden(Column.NAME)
    assert again.horizontalHeader().visualIndex(0) == 2


@pytest.mark.parametrize("width", [1040, 1200, 1440])
def test_status_takes_the_room_that_the_others_leave(table: TableBench, width: int) -> None:
    view = table.show()
    view.resize(width, 500)
    table.wait(lambda: view.header.length() == view.viewport().width())
    assert view.columnWidth(Column.STATUS) >= 140
    assert view.verticalScrollBar().isVisible()
    assert not view.horizontalScrollBar().isVisible()
    wider = view.columnWidth(Column.STATUS) + 30
    view.setColumnWidth(Column.ASSET, view.columnWidth(Column.ASSET) - 30)
    assert view.columnWidth(Column.STATUS) == wider
    view.setColumnHidden(Column.SIZE, True)
    table.wait(lambda: view.header.length() == view.viewport().width())


def test_status_is_never_narrower_than_its_words_need(table: TableBench) -> None:
    view = table.show()
    view.resize(700, 500)
    table.wait(lambda: view.horizontalScrollBar().isVisible())
    assert view.columnWidth(Column.STATUS) == 140
    assert view.columnWidth(Column.ACTIVE) == WIDTHS[Column.ACTIVE]


def test_remembered_widths_are_used_and_status_still_fills(table: TableBench) -> None:
    view = table.show()
    view.setColumnWidth(Column.REMOTE, 201)
    state = view.save_state()
    again = StatusTable()
    table.qtbot.addWidget(again)
    again.setModel(table.model)
    again.restore_state(state)
    again.resize(1500, 400)
    again.show()
    table.wait(lambda: again.header.length() == again.viewport().width())
    assert again.columnWidth(Column.REMOTE) == 201


def test_a_title_begins_or_ends_where_the_texts_of_its_cells_do(table: TableBench) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    palettes.apply(application, "dark")
    view = table.show()
    titles = view.header.viewport().grab().toImage()
    cells = view.viewport().grab(QRect(0, 0, view.viewport().width(), ROW_HEIGHT)).toImage()
    for column in (Column.ASSET, Column.SUBSET, Column.NAME):
        left = view.columnViewportPosition(column)
        words = [_inked(image, left + 2, left + 60)[0] for image in (titles, cells)]
        assert abs(words[0] - words[1]) <= 2
    for column in (Column.FILES, Column.SIZE):
        left = view.columnViewportPosition(column)
        words = [_inked(image, left + 2, left + WIDTHS[column] - 2)[-1] for image in (titles, cells)]
        assert abs(words[0] - words[1]) <= 2


def _inked(image: QImage, left: int, right: int) -> list[int]:
    """The pixel columns in which there is more than the ground."""
    rows = range(4, image.height() - 4)
    grounds = {row: image.pixelColor(left, row).rgb() for row in rows}
    return [
        place
        for place in range(left, right)
        if any(_differs(image.pixelColor(place, row).rgb(), grounds[row]) for row in rows)
    ]


def _differs(one: int, other: int) -> bool:
    """Whether two colours are far apart: a shading of the ground is not."""
    return any(abs((one >> shift & 255) - (other >> shift & 255)) > 60 for shift in (0, 8, 16))


@pytest.mark.parametrize("text", ["", "table1:", "table1:zz", "table1:00ff00ff", "other:00", "table1:é"])
def test_a_state_that_is_none_is_ignored(table: TableBench, text: str) -> None:
    view = table.show()
    view.restore_state(text)
    assert view.columnWidth(Column.ASSET) == WIDTHS[Column.ASSET]
    assert not any(view.isColumnHidden(column) for column in Column)


def test_the_last_column_can_not_be_hidden(table: TableBench) -> None:
    view = table.show()
    for column in list(Column)[1:]:
        view.setColumnHidden(column, True)
    menu = view.header.column_menu()
    assert [action.isEnabled() for action in menu.actions()] == [False] + [True] * 8
    menu.actions()[3].trigger()
    assert not view.isColumnHidden(Column.NAME)


def test_a_menu_is_asked_for_by_mouse_and_keyboard(table: TableBench) -> None:
    view = table.show()
    asked: list[QPoint] = []
    view.menu_requested.connect(asked.append)
    view.selectRow(4)
    reason = QContextMenuEvent.Reason
    for one in (reason.Mouse, reason.Keyboard):
        event = QContextMenuEvent(one, QPoint(5, 5), QPoint(77, 78))
        QApplication.sendEvent(view.viewport(), event)
    assert asked[0] == QPoint(77, 78)
    assert asked[1] == view.viewport().mapToGlobal(view.visualRect(view.currentIndex()).center())


def test_enter_and_a_double_click_open_a_row(table: TableBench) -> None:
    view = table.show()
    opened: list[object] = []
    view.opened.connect(opened.append)
    view.selectRow(4)
    QTest.keyClick(view, Qt.Key.Key_Return)
    where = view.visualRect(table.model.index(6, 1)).center()
    QTest.mouseClick(view.viewport(), LEFT, NOTHING, where)
    QTest.mouseDClick(view.viewport(), LEFT, NOTHING, where)
    assert opened == [table.row(4), table.row(6)]


def test_a_failed_row_has_a_red_edge_in_the_first_visible_column(table: TableBench) -> None:
    table.change(key_of(table.bench, 5), tries=3, error="gone")
    view = table.show()
    view.setColumnHidden(Column.ASSET, True)
    shown = view.viewport().grab().toImage()
    red = palettes.colour(Tone.RED)
    assert [shown.pixelColor(x, ROW_HEIGHT // 2) == red for x in range(4)] == [True, True, True, False]
    assert shown.pixelColor(1, ROW_HEIGHT + ROW_HEIGHT // 2) != red


def test_a_row_in_another_palette_is_painted_anew(table: TableBench) -> None:
    view = table.show()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    try:
        palettes.apply(application, "light")
        light = view.viewport().grab().toImage()
        palettes.apply(application, "dark")
        dark = view.viewport().grab().toImage()
    finally:
        palettes.apply(application, "dark")
    assert light != dark


def test_pixmaps_of_cells_are_sharp_on_a_dense_screen() -> None:
    pixmap = icons.pixmap("mdi6.check", Tone.DIM, 14, 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (28, 2.0)
    assert icons.pixmap("mdi6.check", Tone.DIM, 14, 2.0).cacheKey() == pixmap.cacheKey()


def test_selecting_everything_asks_the_model_nothing_for_each_row(table: TableBench) -> None:
    view = table.show()
    asked = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal asked
        if event == "call" and frame.f_code.co_filename == table_model.__file__:
            asked += 1

    sys.setprofile(count)
    try:
        view.selectAll()
        view.repaint()
        view.header.viewport().repaint()
        QApplication.processEvents()
    finally:
        sys.setprofile(None)
    assert view.selected_count() == COUNT
    assert 0 < asked < COUNT
