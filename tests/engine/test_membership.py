"""A worker that others may have taken for dead: it commits nothing late, and nothing is moved twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from bson import ObjectId

from syncgui.engine.gate import Gate
from syncgui.engine.job import Job, Wanted
from syncgui.engine.lease_check import SETTLED_AFTER_S, LeaseCheck
from syncgui.model.edits import Claim, Target
from syncgui.model.errors import CancelledError, LeaseLostError, SyncError
from syncgui.model.paths import place
from syncgui.model.representation import FileRef
from syncgui.model.status import Direction
from syncgui.providers.file_operations import FolderHandle
from syncgui.providers.local_folder import partial_name
from syncgui.state import Partial
from syncgui.store.abstract_store import Store
from tests.engine.files import Held
from tests.engine.mongo_studio import MongoStudio, machine, mongo_studio, outage_studio, own_server
from tests.engine.studio import PATIENCE_S, PROJECT, eventually
from tests.servers.mongo_server import MongoServer, NamedServer
from tests.store.other_process import join

__all__ = ["machine", "mongo_studio", "outage_studio", "own_server"]

OTHER = "w-other"
SUSPEND_S = 3600.0


# -- one claim, looked at before it is committed -------------------------------------------------------


class Claimed:
    """A claimed file and the question whether it may still be committed."""

    def __init__(self, studio: MongoStudio) -> None:
        self.studio = studio
        self.store: Store = studio.app.store
        join(self.store, "w-one")
        self.gate = Gate(studio.app.environment)
        self.check = LeaseCheck(self.store, self.gate, studio.clock)
        self.check.standing()
        self.representation = studio.publish(["a.exr", "b.exr", "c.exr"])
        self.jobs = [self.claim(position) for position in range(2)]

    def claim(self, position: int) -> Job:
        """Claim a file as the planner does."""
        number = self.store.membership().number
        files = self.studio.document(self.representation)["files"]
        target = Target(self.representation, FileRef(str(files[position]["_id"]), ""), "backup")  # type: ignore[index]
        lease = f"w-one:{position}"
        self.store.claim(PROJECT, [Claim(target, lease)])
        assert self.studio.entry(self.representation, position=position)["lease"] == lease
        path = str(files[position]["path"])  # type: ignore[index]
        return Job(
            project=PROJECT,
            number=position,
            lease=lease,
            placed=place(path, {}),
            path=path,
            source="studio",
            target="backup",
            direction=Direction.UPLOAD,
            wanted=(Wanted(target, 5, 0),),
            size_bytes=5,
            heavy=False,
            source_id=None,
            target_id=None,
            membership=number,
        )

    def suspend(self) -> None:
        """Sleep for an hour; wait until the server was heard again."""
        number = self.store.membership().number
        self.studio.clock.advance(SUSPEND_S)
        eventually(lambda: self.store.membership().number > number, "the heartbeat after the suspend")
        self.check.standing()

    def settle(self) -> None:
        """Let the time pass in which others may be about to claim."""
        self.studio.clock.advance(SETTLED_AFTER_S)

    def take(self, server: MongoServer | NamedServer, position: int) -> None:
        """Let another worker take the file over."""
        with server.client() as client:
            client[self.studio.database.rpartition("/")[2]][PROJECT].update_one(
                {"_id": ObjectId(self.representation)},
                {"$set": {f"files.{position}.sites.1.lease": f"{OTHER}:1"}},
            )


class Asked:
    """A question that is asked in a slot's thread."""

    def __init__(self, claimed: Claimed, job: Job) -> None:
        self.waited: bool | None = None
        self.error: SyncError | None = None

        def ask() -> None:
            try:
                self.waited = claimed.check.confirm(job)
            except SyncError as error:
                self.error = error

        self._thread = threading.Thread(target=ask, name="slot")
        self._thread.start()

    @property
    def is_answered(self) -> bool:
        return not self._thread.is_alive()

    def end(self) -> None:
        self._thread.join(PATIENCE_S)
        assert self.is_answered


@pytest.fixture
def claimed(mongo_studio: MongoStudio) -> Claimed:
    return Claimed(mongo_studio)


def test_while_the_worker_counts_nothing_is_waited_for(claimed: Claimed) -> None:
    assert claimed.check.confirm(claimed.jobs[0]) is False


def test_after_a_suspend_what_is_still_ours_is_committed_once_that_is_sure(claimed: Claimed) -> None:
    claimed.suspend()
    asked = Asked(claimed, claimed.jobs[0])
    threading.Event().wait(0.5)
    assert not asked.is_answered, "others may be about to claim"
    claimed.settle()
    asked.end()
    assert asked.waited is True
    assert claimed.check.confirm(claimed.jobs[0]) is False


def test_after_a_suspend_what_another_took_is_lost_and_the_rest_is_not(
    claimed: Claimed, mongo_server: MongoServer | NamedServer
) -> None:
    claimed.suspend()
    claimed.take(mongo_server, 0)
    claimed.settle()
    with pytest.raises(LeaseLostError):
        claimed.check.confirm(claimed.jobs[0])
    assert claimed.check.confirm(claimed.jobs[1]) is True


def test_what_is_taken_just_after_the_worker_came_back_is_lost(
    claimed: Claimed, mongo_server: MongoServer | NamedServer
) -> None:
    claimed.suspend()
    asked = Asked(claimed, claimed.jobs[0])
    claimed.take(mongo_server, 0)
    claimed.settle()
    asked.end()
    assert isinstance(asked.error, LeaseLostError)


def test_a_second_suspend_is_waited_for_too(
    claimed: Claimed, mongo_server: MongoServer | NamedServer
) -> None:
    claimed.suspend()
    claimed.settle()
    assert claimed.check.confirm(claimed.jobs[0]) is True
    claimed.suspend()
    claimed.take(mongo_server, 0)
    claimed.settle()
    with pytest.raises(LeaseLostError):
        claimed.check.confirm(claimed.jobs[0])


def test_a_claim_that_is_younger_than_what_was_read_is_not_taken_for_lost(claimed: Claimed) -> None:
    claimed.suspend()
    claimed.settle()
    assert claimed.check.confirm(claimed.jobs[0]) is True
    old = claimed.store.membership().number - 1
    job = claimed.claim(2)
    job.membership = old
    assert claimed.check.confirm(job) is True


def test_a_worker_whose_record_is_gone_commits_nothing(
    claimed: Claimed, mongo_server: MongoServer | NamedServer
) -> None:
    with mongo_server.client() as client:
        client["syncgui"]["workers"].delete_many({})
    claimed.studio.clock.advance(11.0)
    eventually(lambda: claimed.store.membership().is_over, "the end")
    with pytest.raises(LeaseLostError):
        claimed.check.confirm(claimed.jobs[0])


@pytest.mark.parametrize("how", ["one", "all"])
def test_who_waits_can_be_stopped(claimed: Claimed, how: str) -> None:
    claimed.suspend()
    asked = Asked(claimed, claimed.jobs[0])
    if how == "one":
        claimed.jobs[0].cancellation.is_cancelled = True
    else:
        claimed.gate.stop()
    asked.end()
    assert isinstance(asked.error, CancelledError)


# -- the whole loop ------------------------------------------------------------------------------------


class HeldAndCounted(Held):
    """Writes wait until they are let go; names that files got are noted."""

    def __init__(self) -> None:
        super().__init__()
        self.renamed: list[str] = []

    def rename(self, folder: FolderHandle, old: str, new: str) -> None:
        self.renamed.append(new)
        super().rename(folder, old, new)


def waits(caplog: pytest.LogCaptureFixture) -> Callable[[], bool]:
    return lambda: "waits until it is sure whose file it is" in caplog.text


def test_an_outage_of_ten_minutes_moves_nothing_twice_and_costs_no_try(
    outage_studio: MongoStudio, own_server: MongoServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    files = HeldAndCounted()
    ids = [outage_studio.publish([f"{n}.exr"]) for n in range(20)]
    app = outage_studio.application("other", files)
    with outage_studio.syncing(app) as loop:
        eventually(files.reached.is_set, "the first block")
        worker = loop.worker
        own_server.kill()
        for _ in range(10):
            outage_studio.clock.advance(60.0)
        files.let_go.set()
        eventually(waits(caplog), "a transfer that is done but for its name")
        assert files.renamed == []
        number = app.store.membership().number
        own_server.start()
        eventually(lambda: app.store.membership().number > number, "the heartbeat after the outage")
        threading.Event().wait(0.5)  # those who wait look at it themselves
        assert files.renamed == []
        outage_studio.clock.advance(SETTLED_AFTER_S + 1.0)
        eventually(lambda: all(outage_studio.is_synced(one) for one in ids), "all files")
        assert loop.worker == worker
    assert sorted(files.renamed) == sorted(f"{n}.exr" for n in range(20))
    assert files.written_bytes == sum(len(f"{n}.exr") for n in range(20))
    assert not any("tries" in outage_studio.entry(one) for one in ids)
    assert outage_studio.tree("backup") == outage_studio.tree("studio")


def test_what_another_worker_took_during_a_suspend_is_neither_renamed_nor_recorded(
    mongo_studio: MongoStudio, mongo_server: MongoServer | NamedServer
) -> None:
    files = Held()
    one = mongo_studio.publish(["a.exr"])
    app = mongo_studio.application("other", files)
    with mongo_studio.syncing(app), mongo_server.client() as client:
        eventually(files.reached.is_set, "the first block")
        number = app.store.membership().number
        mongo_studio.clock.advance(SUSPEND_S)
        now = client.admin.command("hello")["localTime"]
        client["syncgui"]["workers"].insert_one(
            {"_id": OTHER, "seen": now + timedelta(hours=3), "boot": "b", "lock": "", "pid": 1}
        )
        client[mongo_studio.database.rpartition("/")[2]][PROJECT].update_one(
            {"_id": ObjectId(one)}, {"$set": {"files.0.sites.1.lease": f"{OTHER}:1"}}
        )
        files.let_go.set()
        eventually(lambda: app.store.membership().number > number, "the heartbeat after the suspend")
        mongo_studio.clock.advance(SETTLED_AFTER_S + 1.0)
        eventually(lambda: not list(mongo_studio.root("backup").rglob(".syncgui-*")), "its partial gone")
        assert mongo_studio.entry(one)["lease"] == f"{OTHER}:1"
        assert mongo_studio.tree("backup") == {}
    assert {"tries", "created_dt", "error"} & mongo_studio.entry(one).keys() == set()


def test_a_worker_whose_record_was_removed_goes_on_as_another(
    mongo_studio: MongoStudio, mongo_server: MongoServer | NamedServer
) -> None:
    app = mongo_studio.application("other")
    with mongo_studio.syncing(app) as loop, mongo_server.client() as client:
        first = mongo_studio.publish(["a.exr"])
        eventually(lambda: mongo_studio.is_synced(first), "the first file")
        worker = loop.worker
        client["syncgui"]["workers"].delete_many({})
        mongo_studio.clock.advance(11.0)
        eventually(lambda: loop.worker != worker, "another name")
        second = mongo_studio.publish(["b.exr"])
        eventually(lambda: mongo_studio.is_synced(second), "the second file")
        assert [one.name for one in app.store.workers()] == [loop.worker]


# -- what the dead leave -------------------------------------------------------------------------------


def left_by_other(studio: MongoStudio, server: MongoServer | NamedServer, unseen: timedelta) -> str:
    """A partial of a program of this user on another machine, not heard of for so long; its path."""
    left = partial_name("a.exr", OTHER, 1)
    studio.write(left, b"half", "backup")
    state = studio.app.state
    state.note_worker(OTHER, studio.app.store.identity)
    state.note_partials(OTHER, [Partial("backup", str(studio.root("backup")), "a.exr", left)])
    with server.client() as client:
        seen = client.admin.command("hello")["localTime"] - unseen
        client["syncgui"]["workers"].insert_one(
            {"_id": OTHER, "seen": seen, "boot": "b", "lock": "", "pid": 1}
        )
    return left


@pytest.mark.parametrize(("hours", "is_left"), [(0.02, True), (2, True), (25, False)])
def test_a_partial_is_removed_only_when_its_worker_has_surely_ended(
    mongo_studio: MongoStudio, mongo_server: MongoServer | NamedServer, hours: float, is_left: bool
) -> None:
    left = left_by_other(mongo_studio, mongo_server, timedelta(hours=hours))
    mongo_studio.publish(["a.exr"])
    mongo_studio.sync_once()
    assert (left in mongo_studio.tree("backup")) is is_left
    assert mongo_studio.tree("backup")["a.exr"] == b"a.exr"


def test_a_lease_of_a_dead_worker_is_taken_over_whatever_became_of_its_process(
    mongo_studio: MongoStudio, mongo_server: MongoServer | NamedServer
) -> None:
    one = mongo_studio.publish(["a.exr"])
    with mongo_server.client() as client:
        client[mongo_studio.database.rpartition("/")[2]][PROJECT].update_one(
            {"_id": ObjectId(one)}, {"$set": {"files.0.sites.1.lease": f"{OTHER}:1"}}
        )
    left_by_other(mongo_studio, mongo_server, timedelta(seconds=70))
    mongo_studio.sync_once()
    assert mongo_studio.is_synced(one)
