"""The detail of what is selected, with a real store, index and loop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from bson import ObjectId
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from syncgui.actions import Action
from syncgui.application import Application
from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.errors import recognise
from syncgui.model.representation import Document
from syncgui.model.status import Status
from syncgui.views import palettes
from syncgui.views.detail import DetailPanel
from syncgui.views.detail_reader import DetailReader
from syncgui.views.detail_texts import movement, summary
from syncgui.views.row_actions import RowActions
from syncgui.views.row_details import Details, read_details
from syncgui.views.standing import Flow, Health, Hitch, Progress, Standing
from syncgui.views.task_thread import TaskThread
from tests.engine.studio import PROJECT, PUBLISHED, Studio

T = TypeVar("T")
PATIENCE_S = 30.0


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio where a file rests after one try."""
    found = Studio(tmp_path, retry_cnt=1)
    yield found
    found.close()


class Bench:
    """A panel with its actions over a studio; `asked` counts what was asked of the reader thread."""

    def __init__(self, studio: Studio, reader: TaskThread) -> None:
        self.studio = studio
        self.reader = reader
        self.asked = 0
        self.read_in: set[threading.Thread] = set()
        self.actions = RowActions(self._application, self._ask)
        self.panel = DetailPanel(self._application, self._ask, self.actions)

    @property
    def reads(self) -> DetailReader:
        """The panel's own reader."""
        found = self.panel.findChild(DetailReader)
        assert found is not None
        return found

    @property
    def project(self) -> SyncedProject:
        """The project as it is."""
        return self.studio.app.projects()[PROJECT]

    def row(self, identifier: str) -> Row:
        """The table's row as the index has it now."""
        self.studio.app.catch_up(self.studio.app.projects())
        found = self.studio.app.index.find(PROJECT, identifier)
        assert found is not None
        return found

    def select(self, *identifiers: str) -> list[Row]:
        """What the window does when rows are selected."""
        rows = [self.row(one) for one in identifiers]
        self.actions.set_rows(rows, self.project, len(rows))
        self.panel.show_rows(rows, self.project, len(rows))
        return rows

    @property
    def lines(self) -> list[tuple[str, int, Status]]:
        """The file table."""
        lines = self.panel.files.lines
        every = [lines.line_at(row) for row in range(lines.rowCount())]
        return [(one.name, one.files, one.status) for one in every]

    def _application(self) -> Application:
        self.read_in.add(threading.current_thread())
        return self.studio.app

    def _ask(
        self,
        task: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        key: str = "",
    ) -> None:
        self.asked += 1
        self.reader.submit(task, done, failed, key=key)


@pytest.fixture
def bench(studio: Studio, qtbot: QtBot, qapp: QApplication) -> Iterator[Bench]:
    """A panel that is shown."""
    palettes.apply(qapp, "dark")
    reader = TaskThread("reader")
    reader.start()
    found = Bench(studio, reader)
    qtbot.addWidget(found.panel)
    found.panel.resize(400, 800)
    found.panel.show()
    yield found
    assert reader.stop()


def failing(studio: Studio) -> str:
    """A file that failed for good, since its source is gone, between two that came."""
    identifier = studio.publish([f"shot/a.{n}.exr" for n in range(1001, 1010)])
    (studio.root("studio") / "shot" / "a.1005.exr").unlink()
    studio.sync_once()
    return identifier


def read(studio: Studio, identifier: str) -> Details:
    found = read_details(studio.app, studio.app.projects()[PROJECT], identifier)
    assert found is not None
    return found


def make_unreachable(studio: Studio) -> None:
    """Something else is in the database's place from now on."""
    studio.app.close()
    for name in list(studio.app.__dict__):
        if name in ("store", "index", "state"):
            del studio.app.__dict__[name]
    database = studio.folder / "db.sqlite"
    database.unlink()
    database.mkdir()


def store_file(name: str, *sites: dict[str, object], size: int = 100) -> dict[str, object]:
    return {"_id": ObjectId(), "path": f"{{root[work]}}/{name}", "size": size, "sites": list(sites)}


HERE: dict[str, object] = {"name": "studio", "created_dt": PUBLISHED}
THERE: dict[str, object] = {"name": "backup", "created_dt": PUBLISHED}
WISH: dict[str, object] = {"name": "backup"}


# -- one row -----------------------------------------------------------------------------------------


def test_a_failed_file_has_a_card_whose_retry_asks_for_its_row(bench: Bench, qtbot: QtBot) -> None:
    identifier = failing(bench.studio)
    bench.select(identifier)
    qtbot.waitUntil(bench.panel.card.isVisible)
    entry = bench.studio.entry(identifier, position=4)
    error = recognise(str(entry["error"]))
    assert error is not None
    texts = bench.panel.card.texts
    assert texts is not None
    assert (texts.title, texts.whole, texts.next_step) == (error.title, error.sentence, error.next_step)
    assert texts.cause.startswith("shot/a.1005.exr is not on studio")
    assert texts.facts == "backup · attempt 1 of 1 · just now"
    requests: list[tuple[object, list[str], str]] = []
    bench.actions.action_requested.connect(lambda *wish: requests.append(wish))
    QTest.mouseClick(bench.panel.card.retry, Qt.MouseButton.LeftButton)
    assert requests == [(Action.RETRY, [identifier], PROJECT)]


def test_files_are_folded_with_what_failed_first(bench: Bench, qtbot: QtBot) -> None:
    bench.select(failing(bench.studio))
    qtbot.waitUntil(lambda: bool(bench.lines))
    assert bench.lines == [
        ("a.1005.exr", 1, Status.FAILED),
        ("a.1001-1004.exr", 4, Status.SYNCED),
        ("a.1006-1009.exr", 4, Status.SYNCED),
    ]


def test_the_counts_are_those_of_the_table_row(bench: Bench, qtbot: QtBot) -> None:
    (row,) = bench.select(failing(bench.studio))
    assert bench.panel.summary.text() == summary(row) == "1 failed · 8 synced"
    assert bench.panel.title.text() == "sh010 / renderMain"
    assert bench.panel.subtitle.text() == "v001 · exr · 9 files · 135 B"
    qtbot.waitUntil(lambda: bool(bench.lines))
    told: dict[Status, int] = {}
    for _, files, status in bench.lines:
        told[status] = told.get(status, 0) + files
    assert told == dict(row.files_by_status)


def test_the_windows_thread_never_touches_the_store(bench: Bench, qtbot: QtBot) -> None:
    bench.select(failing(bench.studio))
    qtbot.waitUntil(lambda: bool(bench.lines))
    bench.panel.refresh()
    bench.actions.copy_path.trigger()
    qtbot.waitUntil(lambda: bench.asked >= 3)
    qtbot.waitUntil(lambda: bench.reads.is_quiet)
    assert bench.read_in
    assert threading.current_thread() not in bench.read_in


def test_ten_thousand_frames_take_one_read_and_one_look_at_a_worker(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    leased = {**WISH, "lease": "w-1:7"}
    files = [store_file(f"shot/a.{n:05}.exr", HERE, leased if n % 2 else THERE) for n in range(10_000)]
    identifier = studio.insert({"files": files})
    project = studio.app.projects()[PROJECT]
    store, calls = studio.app.store, [0, 0]
    real_read, real_is_alive = store.read, store.is_alive

    def counted_read(name: str, ids: Sequence[str]) -> list[Document]:
        calls[0] += 1
        return real_read(name, ids)

    def counted_is_alive(worker: str) -> bool:
        calls[1] += 1
        return real_is_alive(worker)

    monkeypatch.setattr(store, "read", counted_read)
    monkeypatch.setattr(store, "is_alive", counted_is_alive)
    found = read_details(studio.app, project, identifier)
    assert found is not None
    assert calls == [1, 1]
    assert [(line.files, line.status) for line in found.lines] == [
        (5_000, Status.QUEUED),
        (5_000, Status.SYNCED),
    ]


def test_a_live_workers_file_is_told_as_moving(studio: Studio) -> None:
    app = studio.app
    app.store.join("w-7", host="h", user="u", local_id="l", pid=1, now=PUBLISHED)
    identifier = studio.insert({"files": [store_file("a.exr", HERE, {**WISH, "lease": "w-7:1"})]})
    assert [line.status for line in read(studio, identifier).lines] == [Status.IN_PROGRESS]


def test_other_sites_and_the_last_record_are_named(bench: Bench, qtbot: QtBot) -> None:
    anna: dict[str, object] = {"name": "anna_home", "created_dt": PUBLISHED}
    bert: dict[str, object] = {"name": "bert"}
    identifier = bench.studio.insert(
        {"files": [store_file("a.exr", HERE, THERE, anna), store_file("b.exr", HERE, THERE, bert)]}
    )
    bench.select(identifier)
    qtbot.waitUntil(bench.panel.also_on.isVisible)
    assert bench.panel.also_on.text().startswith("Also on: anna_home (1 of 2 files, 3 May")
    assert "bert" not in bench.panel.also_on.text()
    recorded = bench.panel.recorded.text()
    assert recorded.startswith("Recorded on 3 May")
    assert recorded.endswith(", not checked since")


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({}, "it has no files"),
        ({"files": []}, "its list of files is empty"),
        ({"files": "none"}, "its files are not a list"),
        ({"files": [store_file("../../etc/passwd", HERE, WISH)]}, "is refused: it holds '..'"),
        ({"files": [{"path": "/etc/passwd", "sites": [HERE, WISH]}]}, "lies under no known root"),
        ({"files": [7, store_file("a.exr", HERE, WISH)]}, "files[0] is no file"),
    ],
    ids=["absent", "empty", "text", "escaping", "absolute", "number"],
)
def test_odd_documents_are_shown_with_what_is_odd(
    bench: Bench, qtbot: QtBot, fields: dict[str, object], note: str
) -> None:
    bench.select(bench.studio.insert(fields))
    qtbot.waitUntil(bench.panel.notes.isVisible)
    assert note in bench.panel.notes.text()
    assert bench.panel.title.text() == "sh010 / renderMain"


def test_thousands_of_odd_files_make_a_short_note(studio: Studio) -> None:
    files = [store_file(f"../{n}.exr", HERE, WISH) for n in range(5_000)]
    notes = read(studio, studio.insert({"files": files})).notes
    assert len(notes) == 21
    assert notes[-1] == "and 4,980 more"


def test_markup_in_names_is_shown_as_text(bench: Bench, qtbot: QtBot) -> None:
    bad = "<b>bold</b><img src=x>"
    identifier = bench.studio.insert(
        {
            "context": {"asset": bad, "subset": bad, "version": 1},
            "name": bad,
            "files": [
                store_file("<b>a.exr", HERE, {**WISH, "tries": 1, "error": bad}),
                store_file("../<b>", {**HERE, "name": bad}),
            ],
        }
    )
    bench.select(identifier)
    qtbot.waitUntil(bench.panel.card.isVisible)
    panel = bench.panel
    assert panel.title.text() == f"{bad} / {bad}"
    assert bad in panel.subtitle.text()
    assert bad in panel.card.reading.toPlainText()
    assert bad in panel.also_on.text()
    for label in (panel.title, panel.subtitle, panel.summary, panel.also_on, panel.notes):
        assert label.textFormat() is Qt.TextFormat.PlainText
    tooltip = panel.files.lines.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;a.exr" in tooltip


# -- changes -----------------------------------------------------------------------------------------


def test_a_newer_state_is_shown_in_place(bench: Bench, qtbot: QtBot) -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    files = [store_file(f"{one}{other}.exr", HERE, WISH) for one in names for other in "xyz"]
    identifier = bench.studio.insert({"files": files})
    bench.select(identifier)
    qtbot.waitUntil(lambda: len(bench.lines) == len(files))
    bar = bench.panel.files.verticalScrollBar()
    bar.setValue(300)
    resets: list[None] = []
    bench.panel.files.lines.modelReset.connect(lambda: resets.append(None))
    bench.studio.app.store.delete(PROJECT, [identifier])
    sites = [{**HERE}, {**WISH, "tries": 1, "error": "boom"}]
    files[0] = {**files[0], "sites": sites}
    document = {"_id": ObjectId(identifier), "type": "representation", "name": "exr", "files": files}
    bench.studio.app.store.insert(PROJECT, [document])
    bench.select(identifier)
    qtbot.waitUntil(bench.panel.card.isVisible)
    assert bench.lines[0] == ("ax.exr", 1, Status.FAILED)
    assert bar.value() == 300
    assert resets == []


def test_many_changes_are_read_together(bench: Bench, qtbot: QtBot) -> None:
    identifier = bench.studio.publish(["a.exr"])
    bench.select(identifier)
    for _ in range(500):
        bench.panel.refresh()
    qtbot.waitUntil(lambda: bench.asked == 2)
    qtbot.waitUntil(lambda: bench.reads.is_quiet)
    assert bench.asked == 2


def test_an_answer_about_a_row_that_is_no_longer_shown_is_dropped(bench: Bench, qtbot: QtBot) -> None:
    one = bench.studio.publish(["one.exr"])
    other = bench.studio.publish(["other.exr"])
    rows = [bench.row(one), bench.row(other)]
    gate = threading.Event()
    bench.reader.submit(gate.wait, lambda _: None)
    bench.panel.show_row(rows[0], bench.project)
    shown: list[list[str]] = []
    bench.panel.files.lines.modelReset.connect(lambda: shown.append([name for name, _, _ in bench.lines]))
    reading = threading.Event()
    bench.reader.submit(reading.set, lambda _: None)
    gate.set()
    assert reading.wait(PATIENCE_S)  # the answer about the first one is on its way
    bench.panel.show_row(rows[1], bench.project)
    qtbot.waitUntil(lambda: [name for name, _, _ in bench.lines] == ["other.exr"])
    assert ["one.exr"] not in shown


def test_a_row_that_is_gone_is_told(bench: Bench, qtbot: QtBot) -> None:
    identifier = bench.studio.publish(["a.exr"])
    row = bench.row(identifier)
    project = bench.project
    bench.studio.app.store.delete(PROJECT, [identifier])
    bench.panel.show_row(row, project)
    qtbot.waitUntil(lambda: bench.panel.notes.text() == "It is no longer in the database.")


def test_a_store_that_does_not_answer_is_told_and_the_row_stays(bench: Bench, qtbot: QtBot) -> None:
    identifier = bench.studio.publish(["a.exr"])
    row, project = bench.row(identifier), bench.project
    make_unreachable(bench.studio)
    bench.panel.show_row(row, project)
    qtbot.waitUntil(bench.panel.notes.isVisible)
    assert "database" in bench.panel.notes.text()
    assert bench.panel.title.text() == "sh010 / renderMain"


# -- what moves, what is in trouble --------------------------------------------------------------------


def test_what_moves_shows_its_share_and_speed(bench: Bench) -> None:
    identifier = bench.studio.insert({"files": [store_file("a.mov", HERE, WISH, size=1_000)]})
    (row,) = bench.select(identifier)
    assert bench.panel.bar.isHidden()
    moving = {(PROJECT, identifier): Progress(up_bytes=160)}
    bench.panel.set_standing(Standing(flow=Flow(up_bytes_per_s=42e6, moving=moving)))
    assert bench.panel.moving.text() == "Uploading 16 % · 42 MB/s"
    assert bench.panel.bar.isVisible()
    both = Flow(up_bytes_per_s=42e6, moving={**moving, (PROJECT, "other"): Progress(up_bytes=1)})
    shown = movement(row, both)
    assert shown is not None
    assert shown.text == "Uploading 16 % · 42 MB/s with all others that move"
    bench.panel.set_standing(Standing())
    assert bench.panel.bar.isHidden()


def test_a_site_in_trouble_has_a_card_where_something_waits_for_it(bench: Bench) -> None:
    hitch = Hitch("There is no room left on backup: quota", "Make room on backup.", 1.0)
    standing = Standing(health=Health(sites={"backup": hitch}))
    bench.select(bench.studio.insert({"files": [store_file("a.mov", HERE, WISH)]}))
    bench.panel.set_standing(standing)
    texts = bench.panel.site_card.texts
    assert texts is not None
    assert (texts.title, texts.can_retry) == ("Disk full on backup", False)
    bench.select(bench.studio.insert({"files": [store_file("b.mov", HERE, THERE)]}))
    assert bench.panel.site_card.isHidden()
    database = Health(database=Hitch("The database is unreachable: locked", "Wait.", 1.0))
    bench.panel.set_standing(Standing(health=database))
    assert bench.panel.site_card.isVisible()


# -- several, none -------------------------------------------------------------------------------------


def test_several_rows_show_counts_sums_and_actions_only(bench: Bench, qtbot: QtBot) -> None:
    rows = bench.select(failing(bench.studio), bench.studio.publish(["b.mov"], content=b"12345"))
    panel = bench.panel
    assert panel.title.text() == "2 selected"
    assert panel.subtitle.text() == "10 files · 140 B"
    assert panel.summary.text() == "1 failed · 1 queued · 8 synced"
    assert panel.many_buttons.isVisible()
    for part in (panel.card, panel.files, panel.one_buttons, panel.recorded, panel.bar):
        assert part.isHidden()
    buttons = [one.defaultAction() for one in panel.many_buttons.findChildren(QToolButton)]
    # To accept a file as it is stands on its card and in the menu.
    assert buttons == [one for one in bench.actions.actions() if one is not bench.actions.accept]
    panel.show_rows(rows[:1], bench.project, 5_000)
    assert panel.title.text() == "5,000 selected"
    assert panel.subtitle.isHidden()
    assert panel.summary.isHidden()
    panel.show_rows(rows[:1], bench.project, 1)
    qtbot.waitUntil(lambda: panel.files.isVisible() and panel.card.isVisible())
    assert panel.summary.text() == "1 failed · 8 synced"


def test_rows_that_were_not_read_are_added_up_elsewhere(bench: Bench, qtbot: QtBot) -> None:
    rows = bench.select(failing(bench.studio), bench.studio.publish(["b.mov"], content=b"12345"))
    ids = [row.row_id for row in rows]
    bench.actions.selected_ids = lambda: ids
    panel = bench.panel
    panel.show_rows(rows[:1], bench.project, 2)
    assert panel.subtitle.text() == "Adding up…"
    qtbot.waitUntil(panel.summary.isVisible)
    assert panel.subtitle.text() == "10 files · 140 B"
    assert panel.summary.text() == "1 failed · 1 queued · 8 synced"
    assert threading.current_thread() not in bench.read_in
    panel.show_rows(rows[:1], bench.project, 2)
    assert panel.summary.isVisible()  # the same ones again: what is known stays meanwhile


def test_a_store_that_does_not_answer_is_told_of_many_rows_as_well(bench: Bench, qtbot: QtBot) -> None:
    rows = bench.select(bench.studio.publish(["a.mov"]), bench.studio.publish(["b.mov"]))
    bench.actions.selected_ids = lambda: [row.row_id for row in rows]
    qtbot.waitUntil(lambda: bench.reads.is_quiet)
    project = bench.project
    make_unreachable(bench.studio)
    bench.panel.show_rows(rows[:1], project, 2)
    qtbot.waitUntil(bench.panel.notes.isVisible)
    assert "database" in bench.panel.notes.text()


def test_nothing_selected_shows_a_hint(bench: Bench) -> None:
    bench.select(bench.studio.publish(["b.mov"]))
    assert bench.panel.page.isVisible()
    bench.panel.show_rows([], bench.project, 0)
    assert bench.panel.hint.isVisible()
    assert not bench.panel.page.isVisible()


def test_a_row_that_is_still_being_read_changes_nothing(bench: Bench) -> None:
    bench.select(bench.studio.publish(["b.mov"]))
    bench.panel.show_rows([], bench.project, 1)
    assert bench.panel.page.isVisible()


def test_everything_interactive_has_a_name_and_is_reached_by_keyboard(bench: Bench, qtbot: QtBot) -> None:
    bench.select(failing(bench.studio))
    qtbot.waitUntil(bench.panel.card.isVisible)
    parts = [bench.panel.card.reading, bench.panel.card.retry, bench.panel.files]
    parts.extend(bench.panel.one_buttons.findChildren(QToolButton))
    for part in parts:
        assert part.accessibleName()
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_another_palette_is_followed(bench: Bench, qtbot: QtBot, qapp: QApplication) -> None:
    bench.select(failing(bench.studio))
    qtbot.waitUntil(bench.panel.card.isVisible)
    assert _lightness(bench) < 100
    palettes.apply(qapp, "light")
    qtbot.waitUntil(lambda: _lightness(bench) > 200)
    assert bench.panel.files.grab().toImage().pixelColor(30, 90).lightness() > 200
    assert bench.panel.card.grab().toImage().pixelColor(370, 5).lightness() > 200


def _lightness(bench: Bench) -> int:
    return bench.panel.grab().toImage().pixelColor(200, 5).lightness()
