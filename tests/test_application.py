"""Where the parts are put together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from syncgui.application import Application, Options, on_local_disk
from syncgui.model.errors import DatabaseUnsupportedError


def test_state_on_a_network_drive_falls_back_to_the_local_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 0:1 / / rw - nfs4 server:/ rw\n")
    found = on_local_disk(tmp_path / "home" / "state", "ws-1", mounts)
    assert found.parent == tmp_path / "cache" / "syncgui" / "ws-1"
    assert found != on_local_disk(tmp_path / "other" / "state", "ws-1", mounts)
    assert str(found) in caplog.text
    mounts.write_text("22 1 0:1 / / rw - ext4 /dev/sda rw\n")
    assert on_local_disk(tmp_path / "home" / "state", "ws-1", mounts) == tmp_path / "home" / "state"


@pytest.mark.parametrize(
    ("option", "variables", "expected"),
    [
        ("sqlite:////o", {"SYNCGUI_DATABASE": "sqlite:////a"}, "sqlite:////o"),
        (None, {"SYNCGUI_DATABASE": "sqlite:////a", "AVALON_MONGO": "mongodb://b"}, "sqlite:////a"),
        (None, {"AVALON_MONGO": "mongodb://b", "OPENPYPE_MONGO": "mongodb://c"}, "mongodb://b"),
        (None, {"OPENPYPE_MONGO": "mongodb://c"}, "mongodb://c"),
    ],
)
def test_the_database_is_the_first_that_is_named(
    tmp_path: Path, option: str | None, variables: dict[str, str], expected: str
) -> None:
    application = Application(Options(home=tmp_path, database=option), variables)
    assert application.database == expected
    application.close()


def test_without_a_name_the_database_is_the_embedded_file(tmp_path: Path) -> None:
    application = Application(Options(home=tmp_path), {})
    assert application.database == f"sqlite:///{tmp_path}/syncgui.sqlite"
    application.close()


def test_a_mongodb_of_the_environment_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    application = Application(Options(home=tmp_path), {"AVALON_MONGO": "mongodb://anna:secret@db/avalon"})
    assert application.store.address == "mongodb://db/avalon"
    assert "secret" not in application.store.identity
    assert not (tmp_path / "syncgui.sqlite").exists()
    application.close()


def test_a_wrong_address_of_a_mongodb_is_never_replaced_by_a_file_nor_repeated(tmp_path: Path) -> None:
    application = Application(Options(home=tmp_path), {"AVALON_MONGO": "mongodb://anna:secret@db:x/avalon"})
    with pytest.raises(DatabaseUnsupportedError) as caught:
        _ = application.store
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "syncgui.sqlite").exists()
    application.close()


def test_the_name_of_the_database_is_taken_from_the_environment(tmp_path: Path) -> None:
    variables = {"AVALON_MONGO": "mongodb://db/", "AVALON_DB": "film"}
    application = Application(Options(home=tmp_path), variables)
    assert application.store.address == "mongodb://db/film"
    application.close()


def test_a_command_line_never_holds_the_address_of_a_server(tmp_path: Path) -> None:
    application = Application(Options(home=tmp_path, database="MONGODB://anna:secret@db/avalon"), {})
    assert application.arguments == ["--home", str(tmp_path)]
    application.close()


@pytest.mark.parametrize("part", ["state", "store", "index"])
def test_threads_that_ask_at_one_moment_get_one_part(tmp_path: Path, part: str) -> None:
    application = Application(Options(home=tmp_path), {}, create_default=True)
    start = threading.Barrier(8)

    def ask(_: int) -> object:
        start.wait()
        return getattr(application, part)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(8)))
    assert len({id(one) for one in found}) == 1
    application.close()
