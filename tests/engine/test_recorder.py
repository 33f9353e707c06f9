"""A result is kept until the store has it, whatever becomes of the store or of this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from syncgui.engine.environment import SystemClock
from syncgui.engine.recorder import Recorder
from syncgui.engine.rights import Rights
from syncgui.engine.teller import Teller
from syncgui.model.edits import Claim, Outcome, Result, Target
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.representation import FileRef
from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.engine.studio import PROJECT, Studio
from tests.store.other_process import join

ME = "w-me"
LEASE = f"{ME}:1"


@pytest.fixture
def store(studio: Studio) -> Iterator[Store]:
    """A store that is not patient."""
    found = open_store(studio.database, create=True, busy_timeout_s=0.2)
    join(found, ME)
    yield found
    found.close()


def recorder(studio: Studio, store: Store) -> Recorder:
    clock = SystemClock()
    teller = Teller(clock, studio.events.extend)
    return Recorder(store, studio.app.state, ME, clock, Rights(store, clock, teller))


def finished(studio: Studio, store: Store) -> Result:
    """A file of ours that has arrived."""
    one = studio.publish(["a.exr"])
    files = studio.document(one)["files"]
    assert isinstance(files, list)
    target = Target(one, FileRef(str(files[0]["_id"]), str(files[0]["path"])), "backup")
    store.claim(PROJECT, [Claim(target, LEASE)])
    return Result(target, LEASE, Outcome.DONE)


def lock(path: Path) -> apsw.Connection:
    """What keeps the database for itself until it is closed."""
    found = apsw.Connection(str(path))
    found.set_busy_timeout(30_000)
    found.execute("BEGIN EXCLUSIVE")
    return found


def test_a_result_that_the_store_did_not_take_is_kept_for_another_process(
    studio: Studio, store: Store
) -> None:
    result = finished(studio, store)
    one = recorder(studio, store)
    one.keep(PROJECT, [result], (), heavy=False)
    locker = lock(studio.folder / "db.sqlite")
    with pytest.raises(DatabaseUnreachableError):
        one.flush(everything=True)
    assert [kept.result for kept in studio.app.state.kept_results()] == [result]
    assert not one.is_empty
    locker.close()
    after_a_restart = recorder(studio, store)
    after_a_restart.adopt([ME])
    assert after_a_restart.flush(everything=True) == {PROJECT: 1}
    assert studio.app.state.kept_results() == []
    assert studio.is_synced(result.target.representation)


def test_a_result_is_forgotten_once_the_store_has_it(studio: Studio, store: Store) -> None:
    result = finished(studio, store)
    one = recorder(studio, store)
    one.keep(PROJECT, [result], (), heavy=False)
    assert one.flush(everything=True) == {PROJECT: 1}
    assert one.is_empty
    assert studio.app.state.kept_results() == []


def test_a_result_whose_lease_is_lost_is_not_counted_and_not_forced(studio: Studio, store: Store) -> None:
    result = finished(studio, store)
    store.write_results(PROJECT, [Result(result.target, LEASE, Outcome.RELEASED)])
    one = recorder(studio, store)
    one.keep(PROJECT, [result], (), heavy=False)
    assert one.flush(everything=True) == {PROJECT: 0}
    assert not studio.is_synced(result.target.representation)
    assert one.is_empty
