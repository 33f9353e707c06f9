"""What can be done with the selected rows: when, how, and what is said about it."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from syncgui.actions import Action, fits
from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.views import row_actions
from syncgui.views.row_actions import MOST_FOLDERS, MOST_PATHS, RowActions, why_not
from syncgui.views.task_thread import TaskThread
from tests.engine.studio import PROJECT, PUBLISHED, Studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


@pytest.fixture
def reader(qtbot: QtBot) -> Iterator[TaskThread]:
    """The thread that reads."""
    found = TaskThread("reader")
    found.start()
    yield found
    assert found.stop()


@pytest.fixture
def actions(studio: Studio, reader: TaskThread) -> RowActions:
    """Actions with nothing selected."""
    return RowActions(lambda: studio.app, reader.submit)


class Heard:
    """What the actions said and asked for."""

    def __init__(self, actions: RowActions) -> None:
        self.said: list[str] = []
        self.requests: list[tuple[object, list[str], str]] = []
        actions.said.connect(self.said.append)
        actions.action_requested.connect(lambda *wish: self.requests.append(wish))


class Opened:
    """Folders that would be opened."""

    def __init__(self) -> None:
        self.folders: list[str] = []

    def open(self, url: QUrl) -> bool:
        """Note what would be opened."""
        self.folders.append(url.toLocalFile())
        return True


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The desktop's own program for folders is not started."""
    found = Opened()
    monkeypatch.setattr(QDesktopServices, "openUrl", found.open)
    return found


def synced(studio: Studio) -> SyncedProject:
    studio.app.catch_up(studio.app.projects())
    return studio.app.projects()[PROJECT]


def publish_each(studio: Studio, names: list[str]) -> list[str]:
    """A representation for each file, in the index."""
    found = [studio.publish([name]) for name in names]
    synced(studio)
    return found


def row(studio: Studio, identifier: str) -> Row:
    found = studio.app.index.find(PROJECT, identifier)
    assert found is not None
    return found


def publish(studio: Studio, *sites: dict[str, object], name: str = "shot/a.exr") -> str:
    return studio.publish([{**studio.file(name, 6), "sites": list(sites)}])


HERE: dict[str, object] = {"name": "studio", "created_dt": PUBLISHED}
THERE: dict[str, object] = {"name": "backup", "created_dt": PUBLISHED}
WISH: dict[str, object] = {"name": "backup"}


@pytest.mark.parametrize(
    ("sites", "enabled"),
    [
        ((HERE, {**WISH, "tries": 3, "error": "gone"}), {Action.RETRY, Action.PAUSE}),
        ((HERE, {**WISH, "tries": 1, "error": "gone"}), {Action.RETRY, Action.PAUSE}),
        ((HERE, WISH), {Action.PAUSE}),
        ((HERE, {**WISH, "paused": True}), {Action.RESUME}),
        ((HERE, THERE), set()),
        ((THERE,), {Action.DOWNLOAD}),
        (({"name": "studio"}, WISH), {Action.PAUSE}),
    ],
    ids=["failed", "retrying", "queued", "paused", "synced", "elsewhere", "nowhere"],
)
def test_only_what_fits_is_enabled_and_the_tooltip_says_why_not(
    studio: Studio, actions: RowActions, sites: tuple[dict[str, object], ...], enabled: set[Action]
) -> None:
    identifier = publish(studio, *sites)
    project = synced(studio)
    found = row(studio, identifier)
    actions.set_rows([found], project, 1)
    assert {action for action in Action if actions.action(action).isEnabled()} == enabled
    for action in set(Action) - enabled:
        assert actions.action(action).toolTip() == fits(action, found) != ""


def test_one_fitting_row_among_others_enables_an_action_for_that_row_alone(
    studio: Studio, actions: RowActions
) -> None:
    failed = publish(studio, HERE, {**WISH, "tries": 3, "error": "gone"})
    done = publish(studio, HERE, THERE, name="shot/b.exr")
    project = synced(studio)
    heard = Heard(actions)
    actions.set_rows([row(studio, done), row(studio, failed)], project, 2)
    actions.action(Action.RETRY).trigger()
    assert heard.requests == [(Action.RETRY, [failed], PROJECT)]
    assert heard.said == []


def test_different_reasons_of_several_rows_become_one_sentence(studio: Studio) -> None:
    paused = publish(studio, HERE, {**WISH, "paused": True})
    done = publish(studio, HERE, THERE, name="shot/b.exr")
    synced(studio)
    rows = [row(studio, paused), row(studio, done)]
    assert why_not(Action.PAUSE, rows) == "It fits none of the selected rows."
    assert why_not(Action.RETRY, rows) == fits(Action.RETRY, rows[0])


def test_with_nothing_selected_all_are_off(actions: RowActions) -> None:
    assert not any(one.isEnabled() for one in actions.actions())
    assert {one.toolTip() for one in actions.actions()} == {"Nothing is selected."}


def select_unread(actions: RowActions, project: SyncedProject, rows: list[Row], read: int) -> None:
    """Select rows of which only the first `read` are known."""
    actions.selected_ids = lambda: array("q", [one.row_id for one in rows])
    actions.set_rows(rows[:read], project, len(rows))


def test_an_action_reaches_the_rows_that_were_not_read(
    studio: Studio, actions: RowActions, qtbot: QtBot
) -> None:
    failed = publish(studio, HERE, {**WISH, "tries": 3, "error": "gone"})
    done = publish(studio, HERE, THERE, name="shot/b.exr")
    other = publish(studio, HERE, {**WISH, "tries": 3, "error": "gone"}, name="shot/c.exr")
    project = synced(studio)
    heard = Heard(actions)
    select_unread(actions, project, [row(studio, one) for one in (done, failed, other)], 1)
    actions.action(Action.RETRY).trigger()
    actions.set_rows((), None, 0)  # it is about what was selected at the click
    qtbot.waitUntil(lambda: bool(heard.requests))
    assert heard.requests == [(Action.RETRY, [failed, other], PROJECT)]


def test_while_rows_are_unread_every_action_is_enabled_and_says_when_it_fits_none(
    studio: Studio, actions: RowActions, qtbot: QtBot
) -> None:
    names = ["shot/a.exr", "shot/b.exr"]
    rows = [publish(studio, HERE, THERE, name=name) for name in names]
    project = synced(studio)
    heard = Heard(actions)
    select_unread(actions, project, [row(studio, one) for one in rows], 1)
    # To accept files as they are is offered of rows that are known.
    assert all(one.isEnabled() for one in actions.actions() if one is not actions.accept)
    actions.action(Action.RETRY).trigger()
    qtbot.waitUntil(lambda: bool(heard.said))
    assert heard.said == ["It fits none of the selected rows."]
    assert heard.requests == []
    select_unread(actions, project, [row(studio, one) for one in rows], 2)
    assert not actions.action(Action.RETRY).isEnabled()


def test_paths_of_rows_that_were_not_read_are_copied_as_well(
    studio: Studio, actions: RowActions, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_actions, "_ROWS_AT_ONCE", 2)
    names = [f"shots/{number}.mov" for number in range(5)]
    rows = [row(studio, one) for one in publish_each(studio, names)]
    heard = Heard(actions)
    select_unread(actions, studio.app.projects()[PROJECT], rows, 1)
    actions.copy_path.trigger()
    qtbot.waitUntil(lambda: bool(heard.said))
    expected = [str(studio.root("studio") / name) for name in names]
    assert QGuiApplication.clipboard().text().split("\n") == expected
    assert heard.said == ["Copied 5 paths"]


def test_a_disk_that_hangs_keeps_nothing_from_being_copied(
    studio: Studio, reader: TaskThread, qtbot: QtBot
) -> None:
    looks = TaskThread("looks")  # not started: as one that waits for a disk
    actions = RowActions(lambda: studio.app, reader.submit, look=looks.submit)
    (identifier,) = publish_each(studio, ["shots/a.mov"])
    heard = Heard(actions)
    actions.set_rows([row(studio, identifier)], studio.app.projects()[PROJECT], 1)
    actions.open_folder.trigger()
    actions.copy_path.trigger()
    qtbot.waitUntil(lambda: bool(heard.said))
    assert heard.said == [f"Copied {studio.root('studio') / 'shots' / 'a.mov'}"]


def test_paths_are_not_copied_by_the_hundred_thousand(studio: Studio, actions: RowActions) -> None:
    (identifier,) = publish_each(studio, ["shots/a.mov"])
    heard = Heard(actions)
    rows = [row(studio, identifier)] * (MOST_PATHS + 1)
    select_unread(actions, studio.app.projects()[PROJECT], rows, 1)
    actions.copy_path.trigger()
    assert heard.said == ["Select at most 10,000 rows to copy their paths"]


def test_keys_reach_the_actions_from_the_window(studio: Studio, actions: RowActions, qtbot: QtBot) -> None:
    failed = publish(studio, HERE, {**WISH, "tries": 3, "error": "gone"})
    project = synced(studio)
    heard = Heard(actions)
    window = QWidget()
    qtbot.addWidget(window)
    window.addActions(actions.actions())
    actions.set_rows([row(studio, failed)], project, 1)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert heard.requests == [(Action.RETRY, [failed], PROJECT)]
    keys = [one.shortcut().toString() for one in actions.actions()]
    assert keys == ["Ctrl+R", "Ctrl+D", "", "", "Ctrl+Shift+A", "Ctrl+O", "Ctrl+Shift+C"]


def test_the_menu_holds_all_of_them(actions: RowActions, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    menu = actions.menu(parent)
    found = [one for one in menu.actions() if not one.isSeparator()]
    assert found == actions.actions()
    assert menu.toolTipsVisible()
    assert all(isinstance(one, QAction) and not one.icon().isNull() for one in found)


def test_copy_path_gives_the_file_of_one_and_the_folder_of_several(
    studio: Studio, actions: RowActions, qtbot: QtBot
) -> None:
    one = studio.publish(["shots/movie.mov"])
    many = studio.publish(["shots/exr/a.1.exr", "shots/exr/a.2.exr"])
    spread = studio.publish(["shots/tex/left/a.tx", "shots/tex/right/a.tx"])
    project = synced(studio)
    heard = Heard(actions)
    actions.set_rows([row(studio, one), row(studio, many), row(studio, spread)], project, 3)
    actions.copy_path.trigger()
    qtbot.waitUntil(lambda: bool(heard.said))
    root = studio.root("studio") / "shots"
    expected = [str(root / "movie.mov"), str(root / "exr"), str(root / "tex")]
    assert QGuiApplication.clipboard().text().split("\n") == expected
    assert heard.said == ["Copied 3 paths"]


def test_open_folder_opens_it_where_it_is_there(
    studio: Studio, actions: RowActions, opened: Opened, qtbot: QtBot
) -> None:
    identifier = studio.publish(["shots/exr/a.1.exr", "shots/exr/a.2.exr"])
    project = synced(studio)
    heard = Heard(actions)
    actions.set_rows([row(studio, identifier)], project, 1)
    actions.open_folder.trigger()
    qtbot.waitUntil(lambda: bool(heard.said))
    folder = studio.root("studio") / "shots" / "exr"
    assert opened.folders == [str(folder)]
    shutil.rmtree(folder)
    actions.open_folder.trigger()
    qtbot.waitUntil(lambda: len(heard.said) == 2)
    assert heard.said == [f"Opened {folder}", f"{folder} is not on this machine at the moment"]
    assert len(opened.folders) == 1


def test_a_path_that_escapes_is_neither_opened_nor_copied(
    studio: Studio, actions: RowActions, opened: Opened, qtbot: QtBot
) -> None:
    sites = [HERE, WISH]
    identifier = studio.insert({"files": [{"path": "{root[work]}/../../etc/passwd", "sites": sites}]})
    project = synced(studio)
    heard = Heard(actions)
    QGuiApplication.clipboard().setText("before")
    actions.set_rows([row(studio, identifier)], project, 1)
    actions.copy_path.trigger()
    actions.open_folder.trigger()
    qtbot.waitUntil(lambda: len(heard.said) == 2)
    assert all("is refused: it holds '..'" in text for text in heard.said)
    assert QGuiApplication.clipboard().text() == "before"
    assert opened.folders == []


def test_a_row_that_is_gone_meanwhile_is_told(studio: Studio, actions: RowActions, qtbot: QtBot) -> None:
    identifier = studio.publish(["shots/a.mov"])
    project = synced(studio)
    heard = Heard(actions)
    actions.set_rows([row(studio, identifier)], project, 1)
    studio.app.store.delete(PROJECT, [identifier])
    actions.copy_path.trigger()
    qtbot.waitUntil(lambda: bool(heard.said))
    assert heard.said == ["It is no longer in the database"]


def test_many_folders_are_not_opened_at_once(studio: Studio, actions: RowActions, opened: Opened) -> None:
    identifier = studio.publish(["shots/a.mov"])
    project = synced(studio)
    heard = Heard(actions)
    actions.set_rows([row(studio, identifier)] * (MOST_FOLDERS + 1), project, MOST_FOLDERS + 1)
    actions.open_folder.trigger()
    assert heard.said == [f"Select at most {MOST_FOLDERS} rows to open their folders"]
