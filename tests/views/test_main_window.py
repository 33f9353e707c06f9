"""The window on a real studio: what it shows, what it does, what it says when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from bson import ObjectId
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from syncgui.actions import Action
from syncgui.model.representation import Document
from syncgui.model.status import Status
from syncgui.views.empty_states import Case
from syncgui.views.main_window import MainWindow
from tests.engine.studio import PROJECT, PUBLISHED, Studio, change_settings
from tests.views.windows import PATIENCE_MS, hides, row_of, rows_of, select, window_on


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A small studio."""
    made = Studio(tmp_path)
    yield made
    made.close()


def _is_synced(window: MainWindow, representation: str) -> bool:
    row = row_of(window, representation)
    return row is not None and row.status is Status.SYNCED


def test_what_is_published_appears_and_becomes_synced(studio: Studio, qtbot: QtBot) -> None:
    first = studio.publish(["a/one.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _is_synced(window, first), timeout=PATIENCE_MS)
        later = studio.publish(["a/two.exr"])
        qtbot.waitUntil(lambda: _is_synced(window, later), timeout=PATIENCE_MS)
        assert window.bar.chooser.currentText() == PROJECT
        assert window.foot.pair.text() == "studio ↔ backup"
    assert studio.tree("backup") == studio.tree("studio")


def test_search_and_chips_narrow_the_rows_and_say_how_many_of_how_many(studio: Studio, qtbot: QtBot) -> None:
    ids = [studio.publish([f"a/{name}.exr"]) for name in ("apple", "pear", "plum")]
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: all(_is_synced(window, one) for one in ids), timeout=PATIENCE_MS)
        window.bar.search.setText("pear")
        qtbot.waitUntil(lambda: len(rows_of(window)) == 1, timeout=PATIENCE_MS)
        assert row_of(window, ids[1]) is not None
        window.chips.chosen.emit(frozenset({Status.FAILED}))
        qtbot.waitUntil(lambda: window.empty.case is Case.NO_MATCH, timeout=PATIENCE_MS)
        assert window.empty.isVisible()
        window.empty.show_all.click()
        qtbot.waitUntil(lambda: len(rows_of(window)) == 3, timeout=PATIENCE_MS)
        assert window.bar.search.text() == ""


def test_a_failed_row_says_why_and_is_retried_by_a_click(tmp_path: Path, qtbot: QtBot) -> None:
    studio = Studio(tmp_path, retry_cnt=1)
    in_the_way = studio.root("backup") / "a" / "one.exr"
    in_the_way.mkdir(parents=True)
    failing = studio.publish(["a/one.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(
            lambda: (row := row_of(window, failing)) is not None and row.status is Status.FAILED,
            timeout=PATIENCE_MS,
        )
        select(window, failing)
        card = window.detail.card
        qtbot.waitUntil(card.isVisible, timeout=PATIENCE_MS)
        in_the_way.rmdir()
        card.retry.click()
        qtbot.waitUntil(lambda: _is_synced(window, failing), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not card.isVisible(), timeout=PATIENCE_MS)
    studio.close()


def test_pause_and_resume_are_one_button(studio: Studio, qtbot: QtBot) -> None:
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(
            lambda: window.project is None and window.empty.case is not Case.READING, timeout=PATIENCE_MS
        )
        window.bar.pause.click()
        qtbot.waitUntil(lambda: "Resume" in window.bar.pause.text().replace("&", ""), timeout=PATIENCE_MS)
        held = studio.publish(["a/one.exr"])
        qtbot.waitUntil(lambda: row_of(window, held) is not None, timeout=PATIENCE_MS)
        assert not studio.is_synced(held)
        window.bar.pause.click()
        qtbot.waitUntil(lambda: _is_synced(window, held), timeout=PATIENCE_MS)
        assert "Pause" in window.bar.pause.text().replace("&", "")


def test_broken_settings_are_said_and_it_goes_on_by_itself_when_mended(studio: Studio, qtbot: QtBot) -> None:
    first = studio.publish(["a/one.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _is_synced(window, first), timeout=PATIENCE_MS)
        change_settings(studio, lambda server: server["config"].update(remote_site="nowhere"))
        qtbot.waitUntil(lambda: "nowhere" in window.banner.text, timeout=PATIENCE_MS)
        change_settings(studio, lambda server: server["config"].update(remote_site="backup"))
        qtbot.waitUntil(lambda: window.banner.text == "", timeout=PATIENCE_MS)
        later = studio.publish(["a/two.exr"])
        qtbot.waitUntil(lambda: _is_synced(window, later), timeout=PATIENCE_MS)


def test_a_target_root_that_is_gone_is_said_and_it_goes_on_when_it_is_back(
    studio: Studio, qtbot: QtBot
) -> None:
    first = studio.publish(["a/one.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _is_synced(window, first), timeout=PATIENCE_MS)
        root = studio.root("backup")
        away = hides(root)
        late = studio.publish(["a/two.exr"])
        qtbot.waitUntil(lambda: "backup" in window.banner.text, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: row_of(window, late) is not None, timeout=PATIENCE_MS)
        away.rename(root)
        qtbot.waitUntil(lambda: _is_synced(window, late), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.banner.text == "", timeout=PATIENCE_MS)


def test_a_locked_database_is_said_and_it_goes_on_when_its_holder_is_killed(
    studio: Studio, qtbot: QtBot
) -> None:
    first = studio.publish(["a/one.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _is_synced(window, first), timeout=PATIENCE_MS)
        window.bar.pause.click()
        qtbot.waitUntil(lambda: "Resume" in window.bar.pause.text().replace("&", ""), timeout=PATIENCE_MS)
        late = studio.publish(["a/two.exr"])
        qtbot.waitUntil(lambda: row_of(window, late) is not None, timeout=PATIENCE_MS)
        with _held(studio.folder / "db.sqlite"):
            window.bar.pause.click()
            qtbot.waitUntil(lambda: "database" in window.banner.text.lower(), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: _is_synced(window, late), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.banner.text == "", timeout=PATIENCE_MS)


@contextmanager
def _held(database: Path) -> Iterator[None]:
    """Another process holds the database's lock; at the end it is killed."""
    code = (
        "import apsw, sys\n"
        "db = apsw.Connection(sys.argv[1])\n"
        "db.set_busy_timeout(20000)\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        yield
        holder.kill()


def test_a_row_that_is_only_elsewhere_is_asked_for_by_download(studio: Studio, qtbot: QtBot) -> None:
    elsewhere = studio.publish(["a/one.exr"], present="backup", wanted="third")
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: row_of(window, elsewhere) is not None, timeout=PATIENCE_MS)
        select(window, elsewhere)
        download = next(
            one for one in window.row_actions.actions() if "Download" in one.text().replace("&", "")
        )
        qtbot.waitUntil(download.isEnabled, timeout=PATIENCE_MS)
        download.trigger()
        qtbot.waitUntil(lambda: _is_synced(window, elsewhere), timeout=PATIENCE_MS)
    assert studio.tree("studio") == studio.tree("backup")


def test_an_action_reaches_every_selected_row_those_never_read_included(studio: Studio, qtbot: QtBot) -> None:
    number = 700
    entries = [{"name": "backup", "created_dt": PUBLISHED}]
    studio.app.store.insert(
        PROJECT,
        [
            {
                "_id": ObjectId(),
                "type": "representation",
                "name": "exr",
                "parent": ObjectId(),
                "context": {"asset": f"sh{place:04}", "subset": "renderMain", "version": 1},
                "files": [
                    {"_id": ObjectId(), "path": f"{{root[work]}}/{place}", "size": 1, "sites": entries}
                ],
            }
            for place in range(number)
        ],
    )
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: window.model.rowCount() == number, timeout=PATIENCE_MS)
        window.bar.pause_requested.emit(float("inf"))
        window.table.selectAll()
        download = window.row_actions.action(Action.DOWNLOAD)
        qtbot.waitUntil(download.isEnabled, timeout=PATIENCE_MS)
        download.trigger()
        qtbot.waitUntil(lambda: window.foot.noted.startswith(f"{number} files"), timeout=PATIENCE_MS)
    documents = [one for chunk in studio.app.store.scan(PROJECT) for one in chunk]
    assert len(documents) == number
    assert all(len(_sites(one)) == 2 for one in documents)


def _sites(document: Document) -> Sequence[object]:
    files = document["files"]
    assert isinstance(files, list)
    sites = files[0]["sites"]
    assert isinstance(sites, list)
    return sites


def test_another_project_is_shown_when_it_is_chosen_and_remembered(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a/one.exr"], project="One")
    other = studio.publish(["a/two.exr"], project="Two")
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: window.bar.chooser.count() == 2, timeout=PATIENCE_MS)
        assert window.bar.chooser.currentText() == "One"
        window.bar.chooser.setCurrentIndex(1)
        window.bar.project_chosen.emit("Two")
        qtbot.waitUntil(lambda: _is_synced(window, other), timeout=PATIENCE_MS)
        assert len(rows_of(window)) == 1
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: row_of(window, other) is not None, timeout=PATIENCE_MS)
        assert window.bar.chooser.currentText() == "Two"


def test_the_window_remembers_its_size_and_sorting(studio: Studio, qtbot: QtBot) -> None:
    studio.publish(["a/one.exr"])
    with window_on(studio, qtbot) as window:
        window.resize(760, 500)
        window.table.setColumnWidth(0, 222)
    with window_on(studio, qtbot) as window:
        assert (window.width(), window.height()) == (760, 500)
        assert window.table.columnWidth(0) == 222


def test_closing_hides_where_there_is_a_tray_and_ends_where_there_is_none(
    studio: Studio, qtbot: QtBot
) -> None:
    with window_on(studio, qtbot) as window:
        window.closes_to_tray = True
        with qtbot.waitSignal(window.hidden_by_user):
            window.close()
        assert not window.isVisible()
        window.raise_window()
        assert window.isVisible()
        window.closes_to_tray = False
        with qtbot.waitSignal(window.quit_requested):
            window.close()


def test_without_anything_published_the_table_says_what_to_do(studio: Studio, qtbot: QtBot) -> None:
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: window.empty.case is Case.NO_PROJECT, timeout=PATIENCE_MS)
        line = window.empty.findChild(QLineEdit)
        assert line is not None
        assert line.text().startswith("syncgui publish")


def test_diagnostics_name_no_secret_and_no_file(tmp_path: Path, qtbot: QtBot) -> None:
    from syncgui.views.diagnostics import diagnostics

    studio = Studio(tmp_path)
    first = studio.publish(["secret/shot.exr"])
    with window_on(studio, qtbot) as window:
        qtbot.waitUntil(lambda: _is_synced(window, first), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: "synced 1" in diagnostics(window._session), timeout=PATIENCE_MS)
        text = diagnostics(window._session)
    assert "shot.exr" not in text
    assert "studio <-> backup" in text
    studio.close()


def test_the_switch_to_start_with_the_session_writes_what_the_system_reads(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    entry = tmp_path / "config" / "autostart" / "syncgui.desktop"
    with window_on(studio, qtbot, start_command=["syncgui", "--hidden"]) as window:
        action = next(
            one for one in window.bar.more.menu().actions() if "session" in one.text().replace("&", "")
        )
        action.trigger()
        qtbot.waitUntil(entry.exists, timeout=PATIENCE_MS)
        assert 'Exec="syncgui" "--hidden"' in entry.read_text()
        kept = json.loads((studio.app.places.config_dir / "start.json").read_text())
        assert kept == {"settings": str(studio.settings_dir), "database": studio.database}
        action.trigger()
        qtbot.waitUntil(lambda: not entry.exists(), timeout=PATIENCE_MS)
