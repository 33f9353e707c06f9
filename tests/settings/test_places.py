"""Where files lie."""

from __future__ import annotations

from pathlib import Path

from syncgui.settings import Places


def test_a_home_holds_everything_of_the_user(tmp_path: Path) -> None:
    places = Places.of(tmp_path, None, {}, "ws-1")
    assert places.default_database == tmp_path / "syncgui.sqlite"
    for path in (places.config_dir, places.state_dir, places.settings_dir, places.user_file):
        assert path.is_relative_to(tmp_path)


def test_lock_files_of_workers_do_not_follow_the_home(tmp_path: Path) -> None:
    one = Places.of(tmp_path / "a", None, {}, "ws-1")
    other = Places.of(None, None, {}, "ws-1")
    assert one.worker_lock_dir == other.worker_lock_dir
    assert Places.of(None, None, {}, "ws-2").worker_lock_dir != one.worker_lock_dir


def test_the_environment_names_home_and_settings_and_options_win(tmp_path: Path) -> None:
    environment = {"SYNCGUI_HOME": str(tmp_path / "a"), "SYNCGUI_SETTINGS": str(tmp_path / "s")}
    places = Places.of(None, None, environment, "ws-1")
    assert places.default_database == tmp_path / "a" / "syncgui.sqlite"
    assert places.settings_dir == tmp_path / "s"
    places = Places.of(tmp_path / "b", tmp_path / "t", environment, "ws-1")
    assert places.default_database == tmp_path / "b" / "syncgui.sqlite"
    assert places.settings_dir == tmp_path / "t"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Places.of(None, None, {"SYNCGUI_HOME": ""}, "h") == Places.of(None, None, {}, "h")


def test_two_hosts_with_one_home_folder_have_two_states_and_one_config() -> None:
    one = Places.of(None, None, {}, "ws-1")
    other = Places.of(None, None, {}, "ws-2")
    assert one.state_dir != other.state_dir
    assert one.config_dir == other.config_dir == one.settings_dir


def test_a_host_with_an_odd_name_gets_a_plain_folder() -> None:
    odd = Places.of(None, None, {}, "../WS 1/ü")
    assert odd.state_dir.name == "ws-1"
    assert Places.of(None, None, {}, "..").state_dir.name == "this-machine"


def test_relative_folders_become_absolute_and_nothing_is_created() -> None:
    places = Places.of(Path("somewhere-not-there"), Path("neither-there"), {}, "h")
    assert places.settings_dir == Path.cwd() / "neither-there"
    assert places.config_dir.is_absolute()
    assert not places.settings_dir.exists()
    assert not Path("somewhere-not-there").exists()
