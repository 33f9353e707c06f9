"""The site picker over a real session: what is applied holds at once, and after a restart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from syncgui.model.status import Pair
from syncgui.settings import ProjectSettings, set_choices
from syncgui.site_choices import confirm_folder, find_doubts, read_known
from syncgui.views.folder_look import Found
from syncgui.views.session import Session
from syncgui.views.site_picker import SitePicker
from tests.engine.studio import PROJECT, Studio

PATIENCE_MS = 30_000


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """One project, two sites with folders, one that is missing its folder and one its provider."""
    found = Studio(
        tmp_path,
        sites={
            "archive": {"provider": "local_drive", "root": {"work": str(tmp_path / "sites" / "archive")}},
            "cloud": {"provider": "dropbox", "root": {"work": "/show"}},
        },
    )
    found.publish(["a.exr"])
    yield found
    found.close()


@pytest.fixture
def session(studio: Studio, qtbot: QtBot) -> Iterator[Session]:
    """The running program."""
    found = Session(studio.application())
    found.start()
    qtbot.waitUntil(lambda: PROJECT in found.standing.projects, timeout=PATIENCE_MS)
    yield found
    assert found.stop()


@pytest.fixture
def picker(session: Session, qtbot: QtBot) -> SitePicker:
    """The picker, open."""
    found = SitePicker(session)
    qtbot.addWidget(found)
    reopened(found, qtbot)
    return found


def reopened(picker: SitePicker, qtbot: QtBot) -> None:
    """Open it, and wait for what it reads."""
    picker.open_for(PROJECT)
    qtbot.waitUntil(
        lambda: picker.choice is not None and "New publishes" in said(picker), timeout=PATIENCE_MS
    )


def said(picker: SitePicker) -> str:
    """The lines under the choice."""
    return "\n".join(picker.said.texts)


def choose_remote(picker: SitePicker, site: str) -> None:
    """Choose in the list, as a person does."""
    picker.form.remote.setCurrentIndex(picker.form.remote.findData(site))
    picker.form.remote.activated.emit(picker.form.remote.currentIndex())


def choose_project(picker: SitePicker, project: str) -> None:
    """The same for the list of projects."""
    picker.form.project.setCurrentIndex(picker.form.project.findData(project))
    picker.form.project.activated.emit(picker.form.project.currentIndex())


def apply(picker: SitePicker, qtbot: QtBot) -> None:
    """Click Apply, and wait until it is done."""
    assert picker.apply_button.isEnabled()
    QTest.mouseClick(picker.apply_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: picker.status.text == "Applied", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: picker.choice is not None, timeout=PATIENCE_MS)


def kept(studio: Studio) -> dict[str, object]:
    """What stands in the user's file."""
    found = json.loads(studio.app.places.user_file.read_text())
    assert isinstance(found, dict)
    return found


def after_restart(studio: Studio, project: str = PROJECT) -> ProjectSettings:
    """What a program that starts now works with."""
    application = studio.application()
    return application.project(project)


# -- applying ----------------------------------------------------------------------------------------


def test_it_opens_with_what_holds_and_nothing_to_apply(picker: SitePicker, session: Session) -> None:
    assert picker.choice is not None
    assert (picker.choice.active, picker.choice.remote) == ("studio", "backup")
    assert picker.form.radios["studio"].isChecked()
    assert picker.form.remote.currentText() == "backup"
    assert picker.form.project.currentText() == "all projects"
    assert not picker.apply_button.isEnabled()


def test_another_remote_is_kept_and_the_running_loop_takes_it_at_once(
    picker: SitePicker, session: Session, studio: Studio, qtbot: QtBot
) -> None:
    studio.root("archive").mkdir()
    choose_remote(picker, "archive")
    apply(picker, qtbot)
    assert kept(studio)["remote_site"] == "archive"
    qtbot.waitUntil(
        lambda: session.standing.projects[PROJECT].pair == Pair("studio", "archive"), timeout=PATIENCE_MS
    )
    studio.publish(["b.exr"], wanted="archive")
    session.sync_now()
    qtbot.waitUntil(lambda: "b.exr" in studio.tree("archive"), timeout=PATIENCE_MS)
    assert after_restart(studio).remote_site == "archive"
    assert picker.isVisible()
    assert not picker.apply_button.isEnabled()


def test_the_pair_is_turned_round_for_this_machine(
    picker: SitePicker, studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    QTest.mouseClick(picker.form.radios["local"], Qt.MouseButton.LeftButton)
    choose_remote(picker, "studio")
    row = picker.form.rows["local", "work"]
    row.choose(str(tmp_path / "mine" / "work"))
    qtbot.waitUntil(row.make_button.isVisible, timeout=PATIENCE_MS)
    QTest.mouseClick(row.make_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: row.said == "It is there.", timeout=PATIENCE_MS)
    assert (tmp_path / "mine" / "work").is_dir()
    apply(picker, qtbot)
    own = after_restart(studio)
    assert (own.active_site, own.remote_site) == (own.local_id, "studio")
    assert own.sites[own.local_id].roots["work"] == str(tmp_path / "mine" / "work")
    assert own.idle_reason == ""


def test_a_choice_for_one_project_holds_for_no_other(
    picker: SitePicker, session: Session, studio: Studio, qtbot: QtBot
) -> None:
    studio.publish(["c.exr"], project="Other")
    picker.refresh()
    qtbot.waitUntil(lambda: picker.form.project.findData("Other") >= 0, timeout=PATIENCE_MS)
    choose_remote(picker, "")
    choose_project(picker, "Other")
    apply(picker, qtbot)
    assert kept(studio)["projects"] == {"Other": {"remote_site": ""}}
    assert after_restart(studio, "Other").remote_site is None
    assert after_restart(studio).remote_site == "backup"
    assert picker.choice is not None
    assert picker.choice.project == "Other"


def test_the_machine_gets_another_name_and_is_told_what_lies_under_the_old_one(
    picker: SitePicker, session: Session, studio: Studio, qtbot: QtBot
) -> None:
    old = picker.form.name.text()
    studio.publish(["d.exr", "e.exr"], present=old)
    qtbot.waitUntil(lambda: session.application.index.entries_of(PROJECT, old) == 2, timeout=PATIENCE_MS)
    picker.form.name.selectAll()
    QTest.keyClicks(picker.form.name, "mira_laptop")
    qtbot.waitUntil(lambda: f"2 files are recorded as lying on {old}" in said(picker), timeout=PATIENCE_MS)
    apply(picker, qtbot)
    assert after_restart(studio).local_id == "mira_laptop"


def test_the_name_is_copied(picker: SitePicker, qtbot: QtBot) -> None:
    QTest.mouseClick(picker.form.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == picker.form.name.text() != ""


# -- trying ------------------------------------------------------------------------------------------


def test_test_says_what_it_found_of_both_sites(picker: SitePicker, studio: Studio, qtbot: QtBot) -> None:
    QTest.mouseClick(picker.test_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(picker.tests.texts) == 2, timeout=PATIENCE_MS)
    for site, text in zip(("studio", "backup"), picker.tests.texts, strict=True):
        assert re.fullmatch(rf"{site}: works, [\d.]+ [MGTP]B free", text)
    assert picker.test_button.isEnabled()


def test_test_tries_folders_as_they_are_typed(picker: SitePicker, studio: Studio, qtbot: QtBot) -> None:
    picker.form.rows["backup", "work"].choose(str(studio.folder / "nowhere"))
    picker.test()
    qtbot.waitUntil(lambda: len(picker.tests.texts) > 1, timeout=PATIENCE_MS)
    assert any("backup" in one and "not connected" in one for one in picker.tests.texts)
    assert "studio: works" in picker.tests.texts[0]
    assert not (studio.folder / "nowhere").exists()


def test_a_site_without_provider_is_listed_and_says_why(picker: SitePicker, qtbot: QtBot) -> None:
    choose_remote(picker, "cloud")
    assert "not part of this installation" in said(picker)
    picker.test()
    qtbot.waitUntil(lambda: any(one.startswith("cloud: ") for one in picker.tests.texts), timeout=PATIENCE_MS)
    assert picker.apply_button.isEnabled()


def test_the_same_site_twice_is_said_and_not_forbidden(picker: SitePicker, qtbot: QtBot) -> None:
    choose_remote(picker, "studio")
    assert "both sides" in said(picker)
    apply(picker, qtbot)


# -- a folder that is not what the records say -------------------------------------------------------


def emptied(studio: Studio, session: Session, qtbot: QtBot) -> None:
    """Once all is recorded as there, put an empty folder in the place of backup's; publish one file more."""
    index = session.application.index
    qtbot.waitUntil(lambda: bool(index.present_sample(PROJECT, "backup", None, limit=1)), timeout=PATIENCE_MS)
    studio.root("backup").rename(studio.folder / "away")
    studio.root("backup").mkdir()
    studio.publish(["late.exr"])


def the_button(picker: SitePicker, studio: Studio, qtbot: QtBot) -> QPushButton:
    """The button that calls backup's folder right, once it is offered."""
    key = ("backup", str(studio.root("backup")))
    qtbot.waitUntil(lambda: key in picker.doubts.buttons, timeout=PATIENCE_MS)
    return picker.doubts.buttons[key]


def answer(picker: SitePicker, role: QMessageBox.ButtonRole) -> None:
    """Click the button of that role in the question."""
    box = picker.doubts.question
    assert box is not None
    (button,) = (one for one in box.buttons() if box.buttonRole(one) is role)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_an_emptied_folder_is_called_right_by_a_button_and_is_used_again(
    picker: SitePicker, session: Session, studio: Studio, qtbot: QtBot
) -> None:
    emptied(studio, session, qtbot)
    button = the_button(picker, studio, qtbot)
    assert studio.tree("backup") == {}
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert picker.doubts.question is not None
    assert str(studio.root("backup")) in picker.doubts.question.text()
    answer(picker, QMessageBox.ButtonRole.AcceptRole)
    qtbot.waitUntil(lambda: "late.exr" in studio.tree("backup"), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not picker.doubts.buttons, timeout=PATIENCE_MS)
    assert picker.status.text == "backup is used again"
    assert picker.doubts.isHidden()


def test_a_folder_that_nobody_calls_right_stays_unused(
    picker: SitePicker, session: Session, studio: Studio, qtbot: QtBot
) -> None:
    emptied(studio, session, qtbot)
    QTest.mouseClick(the_button(picker, studio, qtbot), Qt.MouseButton.LeftButton)
    answer(picker, QMessageBox.ButtonRole.RejectRole)
    assert picker.doubts.question is None
    session.sync_now()
    qtbot.waitUntil(lambda: "backup" in session.standing.health.sites, timeout=PATIENCE_MS)
    assert studio.tree("backup") == {}
    root = str(studio.root("backup"))
    memory = studio.app.state.root("backup", root)
    assert memory is None or not memory.confirmed


def test_only_the_folder_that_was_looked_at_is_called_right(studio: Studio) -> None:
    studio.sync_once()
    root = studio.root("backup")
    root.rename(studio.folder / "away")
    root.mkdir()
    (doubt,) = find_doubts(studio.app, read_known(studio.app))
    root.rename(studio.folder / "second")
    root.mkdir()
    confirm_folder(studio.app, doubt)
    assert [one.root for one in find_doubts(studio.app, read_known(studio.app))] == [str(root)]
    (studio.folder / "away").rename(studio.folder / "third")
    root.rmdir()
    assert find_doubts(studio.app, read_known(studio.app)) == (), "what is not there can not be right"


# -- what goes wrong ---------------------------------------------------------------------------------


def test_broken_settings_are_said_refuse_and_are_taken_again_when_mended(
    picker: SitePicker, studio: Studio, qtbot: QtBot
) -> None:
    path = studio.settings_dir / "project_settings" / "global.json"
    good = path.read_text()
    path.write_text("{ broken")
    picker.refresh()
    qtbot.waitUntil(lambda: "is not JSON" in said(picker), timeout=PATIENCE_MS)
    assert "Nothing is uploaded" not in said(picker)
    assert picker.form.remote.currentText() == ""
    assert not any(one.isChecked() for one in picker.form.radios.values())
    choose_remote(picker, "")
    picker.apply()
    assert not picker.apply_button.isEnabled()
    path.write_text(good)
    picker.refresh()
    qtbot.waitUntil(lambda: "New publishes" in said(picker), timeout=PATIENCE_MS)
    assert picker.form.radios["studio"].isChecked()
    choose_remote(picker, "archive")
    apply(picker, qtbot)
    assert kept(studio)["remote_site"] == "archive"


def test_a_broken_user_file_keeps_its_content_and_the_picker_its_choice(
    picker: SitePicker, studio: Studio, qtbot: QtBot
) -> None:
    choose_remote(picker, "archive")
    studio.app.places.user_file.write_text("{ mine")
    picker.apply()
    qtbot.waitUntil(lambda: "Nothing was changed" in picker.status.text, timeout=PATIENCE_MS)
    assert studio.app.places.user_file.read_text() == "{ mine"
    assert picker.choice is not None
    assert picker.choice.remote == "archive"


def test_a_choice_that_is_not_applied_survives_a_change_of_the_settings(
    picker: SitePicker, session: Session, studio: Studio, qtbot: QtBot
) -> None:
    choose_remote(picker, "archive")
    studio.publish(["c.exr"], project="Other")
    session.sync_now()
    qtbot.waitUntil(lambda: picker.form.project.findData("Other") >= 0, timeout=PATIENCE_MS)
    assert picker.choice is not None
    assert picker.choice.remote == "archive"


def test_a_change_made_elsewhere_shows_while_it_is_open(
    picker: SitePicker, session: Session, studio: Studio, qtbot: QtBot
) -> None:
    set_choices(studio.app.places.user_file, remote_site="archive")
    studio.app.state.wake()
    qtbot.waitUntil(lambda: picker.form.remote.currentText() == "archive", timeout=PATIENCE_MS)
    assert not picker.apply_button.isEnabled()


# -- keyboard ----------------------------------------------------------------------------------------


def test_it_begins_at_the_partner_so_that_a_stray_key_renames_nothing(picker: SitePicker) -> None:
    assert picker.focusWidget() is picker.form.remote


def test_enter_applies_and_escape_closes(picker: SitePicker, studio: Studio, qtbot: QtBot) -> None:
    picker.form.name.setFocus()
    picker.form.name.selectAll()
    QTest.keyClicks(picker.form.name, "tower")
    QTest.keyClick(picker.form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: picker.status.text == "Applied", timeout=PATIENCE_MS)
    assert kept(studio)["local_id"] == "tower"
    QTest.keyClick(picker, Qt.Key.Key_Escape)
    assert not picker.isVisible()
    reopened(picker, qtbot)
    assert picker.form.name.text() == "tower"


def test_the_keyboard_reaches_everything_in_the_order_in_which_it_is_seen(picker: SitePicker) -> None:
    order = [*picker.form.tab_order(), picker.test_button, picker.apply_button, picker.close_button]
    found: list[QWidget] = []
    widget: QWidget | None = order[0]
    while widget is not None and (widget is not order[0] or not found):
        found += [widget] if widget in order else []
        widget = widget.nextInFocusChain()
    assert found == order
    assert all(one.accessibleName() or one.text() for one in order if hasattr(one, "text"))


def test_a_folder_that_was_there_before_is_not_offered_to_be_made(
    picker: SitePicker, studio: Studio, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: studio.tree("backup") == studio.tree("studio"), timeout=PATIENCE_MS)
    studio.root("backup").rename(studio.folder / "unmounted")
    reopened(picker, qtbot)
    row = picker.form.rows["backup", "work"]
    row.look_again()
    qtbot.waitUntil(lambda: row.state is not None and row.state.found is Found.GONE, timeout=PATIENCE_MS)
    assert row.make_button.isHidden()
