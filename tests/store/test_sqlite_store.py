"""What is special about the store in one SQLite file: the file itself, and what may happen to it."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from syncgui.model.edits import Claim, Edit, Outcome, Result, Wish
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store import schema
from syncgui.store.connections import Connections
from syncgui.store.sqlite_store import SqliteStore
from tests.store.contract import GENEROUS_S, PROJECT, only, target
from tests.store.documents import representation
from tests.store.other_process import join, other_process


@contextmanager
def opened(path: Path, *, create: bool = True, busy_timeout_s: float = 60.0) -> Iterator[SqliteStore]:
    store = SqliteStore(path, create=create, busy_timeout_s=busy_timeout_s)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        yield store


def remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def finished_store(path: Path, *documents: dict[str, object]) -> str:
    """A database that nobody has open; its identity."""
    with opened(path) as store:
        store.insert(PROJECT, documents)
        return store.identity


class TestOpening:
    """Which files are taken."""

    def test_a_missing_file_is_made_only_on_request(self, tmp_path: Path) -> None:
        path = tmp_path / "deep" / "er" / "store.sqlite"
        with pytest.raises(DatabaseUnreachableError, match="there is no such file"):
            SqliteStore(path)
        assert not path.parent.exists()
        with opened(path) as store:
            identity = store.identity
        with opened(path, create=False) as store:
            assert store.identity == identity

    def test_the_file_gets_the_mode_of_an_ordinary_file(self, path: Path) -> None:
        before = os.umask(0o002)
        try:
            with opened(path) as store:
                store.insert(PROJECT, [representation()])
                modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
        finally:
            os.umask(before)
        assert modes == {0o664}

    def test_an_empty_file_is_taken(self, path: Path) -> None:
        path.touch()
        with opened(path, create=False) as store:
            assert store.projects() == []

    def test_a_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseUnreachableError, match="not a file"):
            SqliteStore(tmp_path, create=True)

    def test_a_file_that_is_no_database_is_refused_and_left_alone(self, path: Path) -> None:
        path.write_bytes(b"holiday" * 1000)
        with pytest.raises(DatabaseUnreachableError, match="no database"):
            SqliteStore(path, create=True)
        assert path.read_bytes() == b"holiday" * 1000

    def test_another_programs_database_is_refused_and_left_alone(self, path: Path) -> None:
        connection = apsw.Connection(str(path))
        connection.execute("CREATE TABLE holidays (day TEXT)")
        connection.close()
        before = path.read_bytes()
        with pytest.raises(DatabaseUnreachableError, match="another program"):
            SqliteStore(path, create=True)
        assert path.read_bytes() == before

    def test_a_newer_layout_is_refused(self, path: Path) -> None:
        finished_store(path)
        connection = apsw.Connection(str(path))
        connection.execute("UPDATE meta SET value = 2 WHERE key = 'version'")
        connection.close()
        with pytest.raises(DatabaseUnreachableError, match="newer version of syncgui"):
            SqliteStore(path)

    def test_programs_that_open_a_new_file_at_once_agree(self, path: Path) -> None:
        with ExitStack() as stack:
            others = [stack.enter_context(other_process("open", f"sqlite:///{path}")) for _ in range(4)]
            for other in others:
                other.say()
            assert len({other.hear() for other in others}) == 1

    def test_the_address_opens_it_again(self, store: SqliteStore, path: Path) -> None:
        assert store.address == f"sqlite:///{path.resolve()}"

    def test_the_log_is_written_ahead(self, path: Path) -> None:
        finished_store(path)
        connection = apsw.Connection(str(path))
        assert connection.pragma("journal_mode") == "wal"
        connection.close()


class TestTrouble:
    """What happens to the file while it is open."""

    def test_a_locked_database_is_an_error_after_the_time_and_works_again(self, path: Path) -> None:
        document = representation()
        finished_store(path, document)
        with opened(path, busy_timeout_s=0.1) as store, other_process("lock", str(path)) as other:
            head = store.head()
            with pytest.raises(DatabaseUnreachableError, match="keeps it locked"):
                store.edit(PROJECT, [Edit(target(document), Wish.PAUSE)])
            assert only(store, document) == document
            other.say()
            assert other.hear() == "released"
            assert store.changes(head).ids == {}
            assert store.edit(PROJECT, [Edit(target(document), Wish.PAUSE)]) == 1

    def test_a_thread_waits_for_another_only_so_long(self, path: Path) -> None:
        finished_store(path)
        connections = Connections(path, create=False, busy_timeout_s=0.1)
        with connections.writing():
            refused: list[str] = []

            def write() -> None:
                try:
                    with connections.writing():
                        refused.append("nothing")
                except DatabaseUnreachableError as error:
                    refused.append(error.detail)

            thread = threading.Thread(target=write, name="second writer")
            thread.start()
            thread.join(GENEROUS_S)
        connections.close()
        assert refused == [f"{path}: this program is still busy with it"]

    def test_a_deleted_file_is_told_by_every_call(self, store: SqliteStore, path: Path) -> None:
        store.insert(PROJECT, [representation()])
        remove(path)
        for call in (
            store.projects,
            store.head,
            lambda: store.insert(PROJECT, [representation()]),
            lambda: store.wait_for_change(GENEROUS_S),
        ):
            with pytest.raises(DatabaseUnreachableError, match="there is no such file"):
                call()
        assert not path.exists()

    def test_a_write_into_a_file_that_was_deleted_meanwhile_is_an_error(self, path: Path) -> None:
        finished_store(path)
        connections = Connections(path, create=False, busy_timeout_s=60.0)
        with pytest.raises(DatabaseUnreachableError, match="there is no such file"), connections.writing():
            remove(path)
        connections.close()

    def test_another_database_in_its_place_is_taken_and_told(
        self, store: SqliteStore, path: Path, tmp_path: Path
    ) -> None:
        old, new = representation(), representation()
        store.insert(PROJECT, [old])
        head, identity = store.head(), store.identity
        remove(path)
        other = finished_store(tmp_path / "other.sqlite", new)
        (tmp_path / "other.sqlite").rename(path)
        assert store.wait_for_change(GENEROUS_S)
        assert store.identity == other != identity
        changes = store.changes(head)
        assert (changes.lost, changes.cursor) == (True, store.head())
        assert store.read(PROJECT, [str(old["_id"])]) == []
        store.edit(PROJECT, [Edit(target(new), Wish.PAUSE)])
        assert store.changes(changes.cursor).ids == {PROJECT: [str(new["_id"])]}

    def test_a_restored_copy_that_has_gone_on_is_told(self, path: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.sqlite"
        identity = finished_store(path, representation())
        copy.write_bytes(path.read_bytes())
        finished_store(copy, *(representation() for _ in range(5)))
        with opened(path) as store:
            store.insert(PROJECT, [representation()])
            head = store.head()
        remove(path)
        copy.rename(path)
        with opened(path) as store:
            assert store.identity == identity
            assert store.changes(head).lost

    def test_an_older_state_in_the_same_file_is_told(self, path: Path) -> None:
        finished_store(path, representation())
        before = path.read_bytes()
        with opened(path) as store:
            store.insert(PROJECT, [representation()])
            head = store.head()
        path.write_bytes(before)
        with opened(path) as store:
            changes = store.changes(head)
            assert (changes.lost, changes.cursor) == (True, store.head())

    def test_a_full_disk_leaves_nothing_half_done_and_works_again(self, store: SqliteStore) -> None:
        import resource

        known = representation()
        store.insert(PROJECT, [known])
        large = [representation() | {"data": {"filling": "x" * 300_000}} for _ in range(5)]
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
        try:
            with pytest.raises(DatabaseUnreachableError, match="disk"):
                store.insert(PROJECT, large)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [one["_id"] for chunk in store.scan(PROJECT) for one in chunk] == [known["_id"]]
        store.insert(PROJECT, large)
        assert sum(map(len, store.scan(PROJECT))) == 6

    def test_a_damaged_file_is_an_error_and_works_when_mended(self, path: Path) -> None:
        finished_store(path, *(representation() for _ in range(200)))
        good = path.read_bytes()
        path.write_bytes(good[:8192] + b"\xff" * (len(good) - 8192))
        with opened(path) as store:
            with pytest.raises(DatabaseUnreachableError, match="damaged"):
                list(store.scan(PROJECT))
            path.write_bytes(good)
            assert sum(map(len, store.scan(PROJECT))) == 200

    def test_a_body_that_nobody_can_read_hinders_no_other(self, store: SqliteStore, path: Path) -> None:
        good, bad = representation(), representation()
        store.insert(PROJECT, [bad, good])
        head = store.head()
        connection = apsw.Connection(str(path))
        connection.execute("UPDATE documents SET body = x'00ff' WHERE key = ?", (str(bad["_id"]),))
        connection.close()
        join(store, "w-one")
        both = [Claim(target(one), "w-one:1") for one in (bad, good)]
        assert [one["_id"] for one in store.claim(PROJECT, both)] == [good["_id"]]
        store.edit(PROJECT, [Edit(target(bad), Wish.PAUSE)])
        assert [one["_id"] for chunk in store.scan(PROJECT) for one in chunk] == [good["_id"]]
        assert store.changes(head).ids == {PROJECT: [str(good["_id"])]}


def test_times_are_those_of_the_given_clock_in_milliseconds(path: Path) -> None:
    now = datetime(2024, 3, 4, 5, 6, 7, 891999, tzinfo=UTC)
    document = representation()
    store = SqliteStore(path, create=True, now=lambda: now)
    store.insert(PROJECT, [document])
    store.claim(PROJECT, [Claim(target(document), "w-one:1")])
    (back,) = store.write_results(PROJECT, [Result(target(document), "w-one:1", Outcome.DONE)])
    store.close()
    sites = back["files"][0]["sites"]  # type: ignore[index]
    assert sites[1]["created_dt"] == now.replace(microsecond=891000)


def _statements() -> list[str]:
    return sorted(
        name
        for name, text in vars(schema).items()
        if isinstance(text, str) and text.strip().startswith(("SELECT", "UPDATE")) and "documents" in text
    )


@pytest.mark.parametrize("name", _statements())
def test_no_statement_looks_through_all_documents(store: SqliteStore, path: Path, name: str) -> None:
    store.insert(PROJECT, [representation() for _ in range(50)])
    text: str = vars(schema)[name]
    connection = apsw.Connection(str(path))
    connection.execute("ANALYZE")
    plan = [
        str(row[3]) for row in connection.execute("EXPLAIN QUERY PLAN " + text, (None,) * text.count("?"))
    ]
    connection.close()
    assert plan
    assert all(line.startswith("SEARCH documents USING") for line in plan), plan


def test_all_statements_are_looked_at() -> None:
    assert {"CHANGED", "CHILDREN", "NEXT_REPRESENTATIONS", "REPRESENTATION", "REWRITE"} <= set(_statements())
