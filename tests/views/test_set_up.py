"""A new set-up: what is refused, what is written, and that the first file comes through."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from syncgui.application import Application, Options
from syncgui.engine.events import Event
from syncgui.publishing import Product, Publisher
from syncgui.settings import SettingsError
from syncgui.store.opening import open_store
from syncgui.views.folder_look import Found, look, make
from syncgui.views.set_up import SetUp, name_problem, pair_problem, ready, write
from syncgui.views.set_up_dialog import SetUpDialog

PATIENCE_MS = 30_000


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """A machine without settings."""
    found = Application(Options(home=tmp_path / "home"), {})
    yield found
    found.close()


@pytest.fixture
def dialog(application: Application, qtbot: QtBot) -> Iterator[SetUpDialog]:
    """The dialog, open."""
    found = SetUpDialog(application)
    qtbot.addWidget(found)
    found.show()
    yield found
    found.reject()


def wanted(folder: Path) -> SetUp:
    """A set-up with folders that are not there yet."""
    return SetUp("film_2026", folder / "work" / "studio", folder / "disk" / "backup")


# -- looking at folders ------------------------------------------------------------------------------


def test_a_look_makes_nothing_and_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert look("  ").found is Found.NOTHING_NAMED
    assert look("relative/folder").found is Found.RELATIVE
    assert look(f" {tmp_path} ").found is Found.THERE
    assert look(str(tmp_path / "new" / "deep")).found is Found.MISSING
    assert look(str(tmp_path / "file")).found is Found.NO_FOLDER
    assert look(str(tmp_path / "file" / "below")).found is Found.NO_FOLDER
    assert look("/a\0b").found is Found.TROUBLE
    assert not (tmp_path / "new").exists()


def test_a_folder_is_made_with_its_parents_when_a_person_says_so(tmp_path: Path) -> None:
    assert make(str(tmp_path / "new" / "deep")).found is Found.THERE
    assert (tmp_path / "new" / "deep").is_dir()
    (tmp_path / "file").write_text("x")
    seen = make(str(tmp_path / "file" / "below"))
    assert seen.found is Found.TROUBLE
    assert "can not be made" in seen.sentence


# -- judging -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["film_2026", "A", "x-1"])
def test_a_name_of_letters_digits_and_dashes_is_allowed(name: str) -> None:
    assert name_problem(name) == ""


@pytest.mark.parametrize("name", ["", "film 2026", "-x", "a/b", "..", "größe", "x" * 65])
def test_another_name_is_refused_with_a_sentence(name: str) -> None:
    assert name_problem(name)


def test_two_folders_in_each_others_way_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    one = look(str(tmp_path / "one"))
    assert pair_problem(one, look(str(tmp_path / "two"))) == ""
    assert pair_problem(one, look(str(tmp_path / "one" / "inner")))
    assert pair_problem(look(str(tmp_path / "one" / "inner")), one)
    assert "the same" in pair_problem(one, look(str(tmp_path / "link" / "one")))
    assert ready("film", one, look(str(tmp_path / "link" / "one"))) is None


def test_it_is_ready_once_everything_is_right(tmp_path: Path) -> None:
    studio, backup = look(str(tmp_path / "studio")), look(str(tmp_path / "backup"))
    assert ready("film", studio, backup) == SetUp("film", tmp_path / "studio", tmp_path / "backup")
    assert ready("", studio, backup) is None
    assert ready("film", None, backup) is None
    assert ready("film", look("relative"), backup) is None


# -- writing -----------------------------------------------------------------------------------------


def test_the_project_is_made_in_the_database_that_the_environment_names(
    tmp_path: Path, mongo_address: str
) -> None:
    server, _, name = mongo_address.rpartition("/")
    variables = {"AVALON_MONGO": f"{server}/elsewhere", "AVALON_DB": name}
    found = Application(Options(home=tmp_path / "home"), variables)
    write(found, wanted(tmp_path))
    with contextlib.closing(open_store(mongo_address)) as store:
        assert store.projects() == ["film_2026"]
    found.close()


def test_the_first_publish_of_a_new_set_up_comes_through(application: Application, tmp_path: Path) -> None:
    made = write(application, wanted(tmp_path))
    own = application.project("film_2026")
    assert (own.active_site, own.remote_site, own.loop_delay_s) == ("studio", "backup", 60)
    assert own.idle_reason == ""
    assert list(application.projects()) == ["film_2026"]
    path = made.studio / "sh010" / "a.exr"
    path.parent.mkdir()
    path.write_bytes(b"pixels")
    Publisher(application.store, own, "mira").publish([path], Product("sh010", "renderMain"))
    events: list[Event] = []
    application.loop(events.extend).run(once=True)
    assert (made.backup / "sh010" / "a.exr").read_bytes() == b"pixels"


def test_existing_settings_are_never_overwritten(application: Application, tmp_path: Path) -> None:
    write(application, wanted(tmp_path))
    path = application.places.settings_dir / "project_settings" / "global.json"
    before = path.read_bytes()
    other = SetUp("other", tmp_path / "x", tmp_path / "y")
    with pytest.raises(SettingsError, match="already"):
        write(application, other)
    assert path.read_bytes() == before
    assert not (tmp_path / "x").exists()
    assert list(application.projects()) == ["film_2026"]


def test_a_set_up_that_broke_off_is_simply_done_again(application: Application, tmp_path: Path) -> None:
    (tmp_path / "disk").write_text("in the way")
    with pytest.raises(SettingsError, match="can not be made"):
        write(application, wanted(tmp_path))
    assert not application.places.settings_dir.joinpath("system_settings").exists()
    (tmp_path / "disk").unlink()
    write(application, wanted(tmp_path))
    assert application.project("film_2026").idle_reason == ""


# -- the dialog --------------------------------------------------------------------------------------


def test_a_person_sets_up_a_studio(
    dialog: SetUpDialog, application: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    assert not dialog.ok.isEnabled()
    for field, text in zip(
        dialog.findChildren(QLineEdit),
        ["film", str(tmp_path / "studio"), str(tmp_path / "backup")],
        strict=True,
    ):
        QTest.keyClicks(field, text)
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)
    assert dialog.studio.said == "It is not there yet. It will be made."
    with qtbot.waitSignals([dialog.made, dialog.accepted], timeout=PATIENCE_MS):
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert dialog.result_set_up == SetUp("film", tmp_path / "studio", tmp_path / "backup")
    content = json.loads((application.places.settings_dir / "project_settings" / "global.json").read_text())
    assert content["sync_server"]["config"]["remote_site"] == "backup"
    assert (tmp_path / "backup").is_dir()


def test_what_is_wrong_is_said_while_it_is_typed(dialog: SetUpDialog, tmp_path: Path, qtbot: QtBot) -> None:
    dialog.fill("film 2026", str(tmp_path / "studio"), "relative")
    qtbot.waitUntil(lambda: "absolute" in dialog.backup.said, timeout=PATIENCE_MS)
    assert "allowed" in dialog.problem
    dialog.fill("film", str(tmp_path / "studio"), str(tmp_path / "studio" / "copies"))
    qtbot.waitUntil(lambda: "inside" in dialog.problem, timeout=PATIENCE_MS)
    assert not dialog.ok.isEnabled()
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_shown_and_the_dialog_stays(
    dialog: SetUpDialog, application: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    write(application, wanted(tmp_path))
    dialog.fill("other", str(tmp_path / "studio"), str(tmp_path / "backup"))
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "settings already" in dialog.problem, timeout=PATIENCE_MS)
    assert dialog.isVisible()
    assert dialog.ok.isEnabled()


def test_escape_leaves_everything_as_it_was(
    dialog: SetUpDialog, application: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog.fill("film", str(tmp_path / "studio"), str(tmp_path / "backup"))
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=PATIENCE_MS)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert list(tmp_path.iterdir()) == []
