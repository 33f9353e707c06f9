"""What was chosen at the first start: kept over restarts, behind options and environment."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from syncgui.application import Application, Options
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.settings import SettingsError
from syncgui.start_choices import START_FILE, StartChoices, keep_start_choices

CHOSEN = "sqlite:////chosen.sqlite"


def write(home: Path, text: str) -> Path:
    """A file of start choices as somebody left it, for the home folder."""
    path = home / "config" / START_FILE
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_without_a_file_nothing_was_chosen(tmp_path: Path) -> None:
    assert StartChoices.load(tmp_path) == StartChoices()


def test_what_is_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    keep_start_choices(tmp_path / "config", settings=tmp_path / "studio", database=CHOSEN)
    assert StartChoices.load(tmp_path / "config") == StartChoices(tmp_path / "studio", CHOSEN)
    application = Application(Options(home=tmp_path), {})
    assert application.places.settings_dir == tmp_path / "studio"
    assert application.database == CHOSEN
    assert application.named_database == CHOSEN
    application.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    keep_start_choices(tmp_path, database="mongodb://anna:geheim@db/avalon")
    assert stat.S_IMODE((tmp_path / START_FILE).stat().st_mode) == 0o600


def test_a_choice_leaves_the_other_one_and_unknown_keys_alone(tmp_path: Path) -> None:
    path = write(tmp_path, '{"later": {"a": [1]}, "settings": "/studio"}')
    keep_start_choices(path.parent, database=CHOSEN)
    assert json.loads(path.read_text()) == {"later": {"a": [1]}, "settings": "/studio", "database": CHOSEN}
    keep_start_choices(path.parent, settings=Path("/other"))
    keep_start_choices(path.parent, database="")
    assert json.loads(path.read_text()) == {"later": {"a": [1]}, "settings": "/other"}


def test_a_relative_file_is_kept_as_the_one_that_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    keep_start_choices(tmp_path, settings=Path("studio"), database="sqlite:///db.sqlite")
    monkeypatch.chdir("/")
    expected = StartChoices(tmp_path / "studio", f"sqlite:///{(tmp_path / 'db.sqlite').as_posix()}")
    assert StartChoices.load(tmp_path) == expected


@pytest.mark.parametrize("address", ["/data/db.sqlite", "sqlite:////a\nb"])
def test_what_is_no_address_is_not_kept(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="the address of a database"):
        keep_start_choices(tmp_path, database=address)
    assert not (tmp_path / START_FILE).exists()


@pytest.mark.parametrize("rest", ["", "/?tls=perhaps", ":port", "@"])
def test_an_address_of_a_server_that_no_driver_understands_is_not_kept(tmp_path: Path, rest: str) -> None:
    address = f"mongodb://anna:geheim@{'studio' if rest else ''}{rest}"
    with pytest.raises(SettingsError, match="MongoDB") as caught:
        keep_start_choices(tmp_path, database=address)
    assert "geheim" not in str(caught.value)
    assert not (tmp_path / START_FILE).exists()


@pytest.mark.parametrize(
    ("options", "variables", "settings", "database"),
    [
        (Options(), {}, "chosen", CHOSEN),
        (Options(), {"SYNCGUI_SETTINGS": "/e", "SYNCGUI_DATABASE": "sqlite:////e"}, "/e", "sqlite:////e"),
        (Options(), {"SYNCGUI_SETTINGS": " ", "AVALON_MONGO": "mongodb://a"}, "chosen", "mongodb://a"),
        (
            Options(settings=Path("/o"), database="sqlite:////o"),
            {"SYNCGUI_SETTINGS": "/e", "SYNCGUI_DATABASE": "sqlite:////e"},
            "/o",
            "sqlite:////o",
        ),
    ],
)
def test_options_and_environment_go_before_it(
    tmp_path: Path, options: Options, variables: dict[str, str], settings: str, database: str
) -> None:
    keep_start_choices(tmp_path / "config", settings=tmp_path / "chosen", database=CHOSEN)
    application = Application(Options(tmp_path, options.settings, options.database), variables)
    assert application.places.settings_dir == tmp_path / settings
    assert application.database == database
    application.close()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"settings": "relative", "database": 5}', '{"database": "a", "settings": ["/x"]}']
)
def test_a_broken_file_is_told_and_not_overwritten(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    application = Application(Options(home=tmp_path), {})
    problem = application.start_problem
    assert problem is not None
    assert START_FILE in problem.sentence
    assert application.named_database is None
    application.close()
    if text in ("{", "[]"):
        with pytest.raises(SettingsError, match="Nothing was changed"):
            keep_start_choices(path.parent, database=CHOSEN)
        assert path.read_text() == text


def test_a_key_that_stands_twice_is_told_and_not_believed(tmp_path: Path) -> None:
    write(tmp_path, f'{{"database": "{CHOSEN}", "database": "sqlite:////other.sqlite"}}')
    application = Application(Options(home=tmp_path), {})
    assert application.start_problem is not None
    assert application.named_database is None
    application.close()


def test_a_password_in_a_broken_file_is_not_told(tmp_path: Path) -> None:
    write(tmp_path, '{"database": "mongodb://anna:geheim@db/avalon\\n"}')
    application = Application(Options(home=tmp_path), {})
    assert application.start_problem is not None
    assert "geheim" not in application.start_problem.sentence
    application.close()


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("{", Options(settings=Path("/o"), database="sqlite:////o")),
        ('{"settings": 5}', Options(settings=Path("/o"))),
        ('{"database": 5}', Options(database="sqlite:////o")),
    ],
)
def test_what_nobody_needs_from_a_broken_file_is_no_problem(
    tmp_path: Path, text: str, options: Options
) -> None:
    write(tmp_path, text)
    application = Application(Options(tmp_path, options.settings, options.database), {})
    assert application.start_problem is None
    application.close()


def test_only_the_default_database_is_made_by_itself(tmp_path: Path) -> None:
    def opened() -> Application:
        return Application(Options(home=tmp_path), {}, create_database=False, create_default=True)

    application = opened()
    assert application.store.projects() == []
    application.close()
    keep_start_choices(tmp_path / "config", database=f"sqlite:///{tmp_path / 'chosen.sqlite'}")
    application = opened()
    with pytest.raises(DatabaseUnreachableError):
        _ = application.store
    assert not (tmp_path / "chosen.sqlite").exists()
    application.close()


def test_the_same_again_sees_what_was_chosen_meanwhile(tmp_path: Path) -> None:
    first = Application(Options(home=tmp_path), {"SYNCGUI_DATABASE": "sqlite:////e"})
    keep_start_choices(first.places.config_dir, settings=tmp_path / "chosen", database=CHOSEN)
    second = first.again()
    assert second.places.settings_dir == tmp_path / "chosen"
    assert second.database == "sqlite:////e"
    for one in (first, second):
        one.close()


@pytest.mark.parametrize(
    "name", ["system_settings/modules.json", "project_settings/global.json", "project_settings/P/global.json"]
)
def test_there_are_settings_once_one_of_their_files_is_there(tmp_path: Path, name: str) -> None:
    application = Application(Options(home=tmp_path), {})
    folder = application.places.settings_dir
    (folder / "project_settings").mkdir(parents=True)
    (folder / "user.json").write_text("{}")
    assert not application.has_settings()
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("broken")
    assert application.has_settings()
    application.close()
