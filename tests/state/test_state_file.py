"""The state file remembers over restarts, for each worker its own."""

from __future__ import annotations

import math
import stat
import threading
from pathlib import Path

import apsw
import pytest

from syncgui.model.edits import Outcome, Result, Target
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.representation import FileRef
from syncgui.state import Partial, RootMemory, StateFile


def result(path: str) -> Result:
    return Result(
        Target("5f", FileRef(None, path), "backup"),
        "w-1:7",
        Outcome.FAILED,
        error="ü",
        costs_try=True,
        retry_after_s=2.5,
    )


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    StateFile(tmp_path / "new" / "state.sqlite").close()
    assert stat.S_IMODE((tmp_path / "new" / "state.sqlite").stat().st_mode) == 0o600


def test_results_are_kept_over_a_restart_until_they_are_dropped(tmp_path: Path) -> None:
    first = StateFile(tmp_path / "state.sqlite")
    ids = first.keep_results("w-1", "Test", [result("a"), result("b")])
    first.close()
    second = StateFile(tmp_path / "state.sqlite")
    kept = second.kept_results()
    assert [(one.id, one.worker, one.project, one.result) for one in kept] == [
        (ids[0], "w-1", "Test", result("a")),
        (ids[1], "w-1", "Test", result("b")),
    ]
    second.drop_results(ids[:1])
    assert [one.id for one in second.kept_results()] == ids[1:]
    second.close()


def test_partials_are_known_before_the_first_byte_and_forgotten_with_their_results(tmp_path: Path) -> None:
    state = StateFile(tmp_path / "state.sqlite")
    mine, other = Partial("s", "/r", "a/b", "p1"), Partial("s", "/r", "a/b", "p2")
    state.note_partials("w-1", [mine])
    state.note_partials("w-2", [other])
    assert state.partials() == {"w-1": [mine], "w-2": [other]}
    state.keep_results("w-1", "Test", [result("a")], [mine])
    assert state.partials() == {"w-2": [other]}
    state.close()


def test_large_inode_numbers_come_back(tmp_path: Path) -> None:
    state = StateFile(tmp_path / "state.sqlite")
    memory = RootMemory(2**64 - 1, 2**63, confirmed=True)
    assert state.root("s", "/r") is None
    state.remember_root("s", "/r", memory)
    assert state.root("s", "/r") == memory
    state.close()


def test_a_pause_is_seen_by_other_programs_and_ends_with_its_time(tmp_path: Path) -> None:
    one, two = (StateFile(tmp_path / "state.sqlite") for _ in range(2))
    version = two.data_version()
    one.pause(100.0)
    assert two.data_version() != version
    assert two.control().is_paused(99.0)
    assert not two.control().is_paused(100.0)
    one.pause(math.inf)
    assert two.control().is_paused(1e12)
    one.resume()
    assert two.control().paused_until is None
    one.wake()
    one.wake()
    assert two.control().wakes == 2
    one.close()
    two.close()


def test_a_file_of_a_newer_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    db = apsw.Connection(str(tmp_path / "state.sqlite"))
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DatabaseUnreachableError, match="newer version"):
        StateFile(tmp_path / "state.sqlite")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"not a database, whatever its name" * 100)
    with pytest.raises(DatabaseUnreachableError, match=r"state\.sqlite"):
        StateFile(tmp_path / "state.sqlite")


def test_many_programs_may_open_it_at_once_while_others_write(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    begin = threading.Barrier(8)

    def use(number: int) -> None:
        try:
            begin.wait(30)
            for turn in range(15):
                state = StateFile(tmp_path / "state.sqlite")
                state.keep_results(f"w-{number}", "Test", [result(str(turn))])
                state.close()
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    threads = [threading.Thread(target=use, args=(n,), name=f"test-{n}") for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    last = StateFile(tmp_path / "state.sqlite")
    assert len(last.kept_results()) == 8 * 15
    last.close()


def test_a_token_that_an_earlier_version_kept_is_anybodys(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    StateFile(path).close()
    db = apsw.Connection(str(path))
    db.execute(
        "DROP TABLE token; CREATE TABLE token (place TEXT PRIMARY KEY, source TEXT NOT NULL,"
        " token TEXT NOT NULL, since REAL NOT NULL) WITHOUT ROWID;"
        " INSERT INTO token VALUES ('p', 's', 'secret', 5.0); PRAGMA user_version = 3"
    )
    db.close()
    again = StateFile(path)
    assert again.token_owner("p", "s", 5.0) == ""
    assert again.token_owner("p", "s", 6.0) is None
    assert again.take_token("w-1", "p", "s", "", 5.0) == "secret"
    assert again.token_owner("p", "s", 5.0) == "w-1"
    assert again.take_token("w-2", "p", "s", "", 5.0) is None  # somebody was faster
    again.close()
