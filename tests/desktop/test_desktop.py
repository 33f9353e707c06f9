"""The real program on a real desktop: what a person does with mouse and keyboard has its effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.demo import DemoFolder, DemoWish
from tests.desktop.program import TITLE, Shown, database_held, red_edge, shown, started
from tests.desktop.xserver import PATIENCE_S, Desktop, awaited
from tests.engine.studio import Studio
from tests.processes.programs import publish_many

DEMO_FILES = 60
RED = (0xC2, 0x26, 0x2F)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio with a third site, so that there is something to choose."""
    third = tmp_path / "sites" / "third"
    third.mkdir(parents=True)
    made = Studio(tmp_path, sites={"third": {"provider": "local_drive", "root": {"work": str(third)}}})
    yield made
    made.close()


@pytest.fixture
def window(desktop: Desktop, studio: Studio) -> Iterator[Shown]:
    """The program for that studio, with one file that is on both sites."""
    first = studio.publish(["show/first.exr"])
    with shown(desktop, studio.folder, studio.options()) as found:
        awaited(lambda: studio.is_synced(first), "the first file")
        desktop.icon()
        yield found
        found.assert_clean()


def user_settings(studio: Studio) -> dict[str, object]:
    """What the picker keeps."""
    found = list(studio.folder.rglob("user.json"))
    return json.loads(found[0].read_text()) if found else {}


def test_the_icon_is_in_the_tray_and_the_window_shows_rows(window: Shown) -> None:
    icon = window.desktop.icon()
    assert len(window.desktop.colours(icon)) > 3
    area = window.desktop.geometry(window.window)
    assert len(window.desktop.colours(area)) > 20


def test_pausing_and_resuming_in_the_trays_menu(window: Shown, studio: Studio) -> None:
    window.choose_in_tray("p", "u")
    window.await_report(lambda report: report["paused_until"] is not None, "the pause")
    window.await_shape("paused")
    one = studio.publish(["show/paused.exr"])
    window.choose_in_tray("r")
    window.await_report(lambda report: report["paused_until"] is None, "the end of the pause")
    awaited(lambda: studio.is_synced(one), "the file after the pause")
    window.await_shape("synced")


def test_choosing_another_remote_site_takes_effect_at_once_and_stays(
    window: Shown, studio: Studio, desktop: Desktop
) -> None:
    window.use()
    desktop.key("alt+s")
    picker = desktop.window("^Sites$")
    desktop.activate(picker)
    awaited(lambda: desktop.is_still(picker), "a picker that shows what there is")
    desktop.key("alt+e")
    desktop.type("third")
    desktop.key("alt+a")
    awaited(lambda: "third" in json.dumps(user_settings(studio)), "the choice in the user's settings")
    window.await_report(lambda report: report["remote_site"] == "third", "the new pair")
    one = studio.publish(["show/to_third.exr"], wanted="third")
    awaited(lambda: studio.is_synced(one, "third"), "the file on the other site")
    desktop.key("alt+c")
    awaited(lambda: not desktop.windows("^Sites$"), "the end of the picker")
    window.choose_in_tray("q")
    assert window.running.ended() == 0
    with shown(desktop, studio.folder, studio.options(), log="again.log") as again:
        again.await_shape("synced")
        assert again.report()["remote_site"] == "third"


def test_a_second_start_raises_the_first_window(window: Shown, studio: Studio, desktop: Desktop) -> None:
    desktop.close(window.window)
    awaited(lambda: not window.is_mapped(), "the hidden window")
    assert window.running.lives
    with shown(desktop, studio.folder, studio.options(), log="second.log") as second:
        assert second.running.ended() == 0
    first = window.window
    awaited(lambda: desktop.focused() == first, "the focus of the first window")
    assert len(desktop.windows(TITLE)) == 1


def test_quit_in_the_trays_menu_ends_the_program(window: Shown, desktop: Desktop) -> None:
    window.choose_in_tray("q")
    assert window.running.ended() == 0
    awaited(lambda: not desktop.tray_icons() and not window.is_mapped(), "the end of icon and window")


def test_a_hidden_start_shows_the_icon_only(studio: Studio, desktop: Desktop) -> None:
    one = studio.publish(["show/a.exr"])
    line = ["-c", "from syncgui.cli import tray; tray()", *studio.options()]
    with started(desktop, line, studio.folder / "tray.log") as running:
        found = Shown(desktop, running, studio.folder, studio.options())
        found.await_shape("synced")
        awaited(lambda: studio.is_synced(one), "the file")
        assert not found.is_mapped()
        found.choose_in_tray("o")
        awaited(found.is_mapped, "the window")
        found.choose_in_tray("q")
        assert running.ended() == 0
        found.assert_clean()


def test_without_a_tray_the_window_comes_and_ends_the_program(studio: Studio, bare_desktop: Desktop) -> None:
    with shown(bare_desktop, studio.folder, studio.options(), "--hidden") as found:
        window = found.window  # shown once no tray was found for some seconds
        bare_desktop.close(window)
        assert found.running.ended() == 0
        found.assert_clean()


def test_the_failing_row_of_the_demo_is_retried_by_its_menu(desktop: Desktop, tmp_path: Path) -> None:
    place = DemoFolder(tmp_path / "demo")
    options = ["--home", str(place.home), "--settings", str(place.settings), "--database", place.database]
    line = ["main.py", "demo", "--dir", str(place.path), "--files", str(DEMO_FILES)]
    with started(desktop, line, tmp_path / "demo.log") as running:
        found = Shown(desktop, running, tmp_path, options)
        found.await_shape("attention")
        assert found.counts()["failed"] == 1
        in_the_way = place.in_the_way(DemoWish(DEMO_FILES, 20 * 1024, fails=True))
        assert in_the_way is not None
        in_the_way.rmdir()
        window = found.use()
        x, y = awaited(lambda: red_edge(desktop, window, RED), "a row with a red edge")[0]
        desktop.click(x, y)
        awaited(lambda: desktop.is_still(window), "the row's detail")
        desktop.click(x, y, button=3)
        menu = desktop.geometry(awaited(desktop.popups, "the row's menu")[-1])
        desktop.click(menu.x + 40, menu.y + 14)
        found.await_shape("synced")
        assert set(found.counts()) == {"synced"}
        found.choose_in_tray("q")
        assert running.ended() == 0
        found.assert_clean()


# -- trouble while the window is open ----------------------------------------------------------------------


def test_a_remote_root_that_goes_away_is_told_and_costs_nothing(window: Shown, studio: Studio) -> None:
    root = studio.root("backup")
    away = root.with_name("away")
    root.rename(away)
    one = studio.publish(["show/late.exr"])
    window.await_shape("waiting")
    assert "tries" not in studio.entry(one)
    awaited(lambda: window.counts() == {"synced": 1, "queued": 1}, "the file waiting in the queue")
    away.rename(root)
    awaited(lambda: studio.is_synced(one), "the file")
    window.await_shape("synced")


def test_broken_settings_are_told_and_the_mended_ones_used(window: Shown, studio: Studio) -> None:
    path = studio.settings_dir / "project_settings" / "global.json"
    right = path.read_text()
    path.write_text(right[: len(right) // 2])
    window.await_shape("error")
    path.write_text(right)
    window.await_shape("synced")
    one = studio.publish(["show/later.exr"])
    awaited(lambda: studio.is_synced(one), "the file")


def test_a_database_that_another_program_holds_is_told_and_goes_on(window: Shown, studio: Studio) -> None:
    publish_many(studio, 300, 100_000)
    with database_held(studio.folder / "db.sqlite"):
        awaited(lambda: window.sees("error"), "an icon that tells of it", 2 * PATIENCE_S)
    awaited(lambda: window.counts() == {"synced": 301}, "the rest")
    window.await_shape("synced")
