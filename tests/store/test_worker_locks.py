"""Lock files decide who lives."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store.sqlite_store import SqliteStore
from syncgui.store.worker_locks import is_held, remove_if_free
from tests.store.other_process import join, other_process


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def locks(path: Path) -> Path:
    return path.with_name("store.sqlite.workers")


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, create=True)
    yield store
    store.close()


def test_the_lock_lies_beside_the_database_and_goes_with_the_worker(store: SqliteStore, locks: Path) -> None:
    join(store, "w-one")
    (lock,) = locks.iterdir()
    assert lock.name == "w-one.lock"
    assert stat.S_IMODE(lock.stat().st_mode) == 0o644
    store.close()
    assert list(locks.iterdir()) == []


def test_a_link_to_the_database_leads_to_the_same_locks(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    join(store, "w-one")
    (tmp_path / "linked").mkdir()
    link = tmp_path / "linked" / "link.sqlite"
    link.symlink_to(path)
    other = SqliteStore(link)
    assert other.is_alive("w-one")
    other.close()


def test_a_name_in_use_is_refused(store: SqliteStore, path: Path) -> None:
    join(store, "w-one")
    other = SqliteStore(path, busy_timeout_s=0.1)
    with pytest.raises(ValueError, match="another program"):
        join(other, "w-one")
    assert not other.may_commit()
    other.close()
    assert store.may_commit()
    assert len(store.workers()) == 1


def test_a_worker_whose_locks_were_removed_may_not_commit_until_it_joins_again(
    store: SqliteStore, path: Path, locks: Path
) -> None:
    other = SqliteStore(path)
    join(store, "w-one")
    shutil.rmtree(locks)
    assert not store.may_commit()
    assert not other.is_alive("w-one")
    join(store, "w-one")
    assert store.may_commit()
    assert other.is_alive("w-one")
    other.close()


def test_a_worker_whose_lock_was_replaced_may_not_commit_and_leaves_the_other_alone(
    store: SqliteStore, locks: Path
) -> None:
    join(store, "w-one")
    lock = locks / "w-one.lock"
    lock.unlink()
    lock.touch()
    assert not store.may_commit()
    store.close()
    assert lock.exists()


def test_a_lock_that_can_not_be_opened_counts_as_held(store: SqliteStore, locks: Path) -> None:
    locks.mkdir()
    lock = locks / "w-two.lock"
    lock.symlink_to(lock)  # leads nowhere, for root, too
    assert store.is_alive("w-two")
    store.forget("w-two")
    assert lock.is_symlink()


def test_asking_makes_no_file(store: SqliteStore, locks: Path) -> None:
    assert not store.is_alive("w-two")
    store.forget("w-two")
    assert not locks.exists()


def test_who_asks_is_not_taken_for_a_worker(store: SqliteStore, locks: Path) -> None:
    locks.mkdir()
    lock = locks / "w-two.lock"
    lock.touch()
    assert not any(is_held(lock) for _ in range(3))
    assert not store.is_alive("w-two")


def test_a_name_that_can_not_be_a_workers_leads_to_no_file(
    store: SqliteStore, locks: Path, tmp_path: Path
) -> None:
    locks.mkdir()
    precious = tmp_path / "precious.lock"
    with FileLock(precious):
        assert is_held(locks / "../precious.lock")
        assert not store.is_alive("../precious")
    store.forget("../precious")
    assert precious.exists()


def test_forgetting_removes_the_lock_of_the_dead_only(store: SqliteStore, locks: Path) -> None:
    lock = locks / "w-two.lock"
    with other_process("live", store.address, "w-two") as other:
        assert not remove_if_free(lock)
        assert lock.exists()
        other.kill()
        store.forget("w-two")
        assert not lock.exists()


def test_locks_that_can_not_be_made_are_an_error_and_leave_no_record(store: SqliteStore, locks: Path) -> None:
    locks.write_text("in the way")
    with pytest.raises(DatabaseUnreachableError, match="can not be made"):
        join(store, "w-one")
    assert store.workers() == []
    assert not store.may_commit()
