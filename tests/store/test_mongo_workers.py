"""Workers on a server: heartbeats in the server's time, and locks where a process ran here."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_heartbeat import COMMITS_FOR_S, DEAD_AFTER_S, Standing
from syncgui.store.mongo_workers import ENDED_AFTER_S, FORGOTTEN_AFTER_S, PATIENCE_S, MongoWorkers
from tests.engine.studio import eventually
from tests.servers.mongo_server import Client, MongoServer, NamedServer

SEEN = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
OTHER_MACHINE = "another machine"


class Clock:
    """A steady clock that only a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def steady_s(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


class Programs:
    """Programs on one server, on one machine, with one clock."""

    def __init__(self, address: str, lock_dir: Path) -> None:
        self.clock = Clock()
        self.lock_dir = lock_dir
        self._address = MongoAddress.parse(address)
        self._opened: list[tuple[MongoWorkers, MongoConnection]] = []

    def open(self, lock_dir: Path | None = None) -> MongoWorkers:
        """One more program."""
        connection = MongoConnection(self._address, steady_s=self.clock.steady_s)
        workers = MongoWorkers(connection, lock_dir or self.lock_dir)
        self._opened.append((workers, connection))
        return workers

    def close(self) -> None:
        for workers, connection in self._opened:
            workers.leave()
            connection.close()


class Records:
    """The records as the server has them, seen and changed from outside."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._collection = client.get_database("syncgui").get_collection("workers")

    def names(self) -> list[str]:
        return sorted(str(one["_id"]) for one in self._collection.find())

    def of(self, worker: str) -> dict[str, object]:
        found = self._collection.find_one({"_id": worker})
        assert found is not None
        return found

    def seen(self, worker: str) -> datetime:
        seen = self.of(worker)["seen"]
        assert isinstance(seen, datetime)
        return seen

    def add(self, worker: str, *, unseen_s: float = 0.0, **fields: object) -> None:
        """A program of another machine, unless the fields say otherwise."""
        record = {"pid": 1, "lock": f"/nowhere/{worker}.lock", "boot": OTHER_MACHINE, "host": "ws2", **fields}
        self._collection.insert_one({"_id": worker, **record, "seen": self._ago(unseen_s)})

    def age(self, worker: str, unseen_s: float) -> None:
        self._collection.update_one({"_id": worker}, {"$set": {"seen": self._ago(unseen_s)}})

    def remove(self, worker: str) -> None:
        self._collection.delete_one({"_id": worker})

    def _ago(self, seconds: float) -> datetime:
        now = self._client.admin.command("hello")["localTime"]
        assert isinstance(now, datetime)
        return now - timedelta(seconds=seconds)


def join(workers: MongoWorkers, worker: str) -> None:
    workers.join(worker, host="ws1", user="anna", local_id="anna-ws1", pid=os.getpid(), now=datetime.now(UTC))


@pytest.fixture
def programs(mongo_address: str, tmp_path: Path) -> Iterator[Programs]:
    programs = Programs(mongo_address, tmp_path / "state" / "workers")
    yield programs
    programs.close()


@pytest.fixture
def records(mongo_server: MongoServer | NamedServer) -> Iterator[Records]:
    with mongo_server.client() as client:
        yield Records(client)


# -- what a heartbeat tells ----------------------------------------------------------------------------


def beaten(standing: Standing, *, sent_s: float, answered_s: float, seen_s: float | None = None) -> Standing:
    """A beat that the server saw so many seconds after the first; as it was sent, unless said otherwise."""
    seen = SEEN + timedelta(seconds=sent_s if seen_s is None else seen_s)
    return standing.after_beat(seen, sent_s=sent_s, answered_s=answered_s)


def test_a_worker_may_commit_until_others_could_soon_call_it_dead() -> None:
    standing = Standing(0.0, SEEN, 1)
    assert standing.may_commit(COMMITS_FOR_S - 0.1)
    assert not standing.may_commit(COMMITS_FOR_S)
    assert COMMITS_FOR_S < DEAD_AFTER_S


def test_a_beat_in_time_changes_nothing_but_the_time() -> None:
    after = beaten(Standing(0.0, SEEN, 1), sent_s=10.0, answered_s=12.0)
    assert (after.number, after.sent_s) == (1, 10.0)
    assert not after.was_back_within(100.0, 12.0)


def test_a_beat_counts_from_when_it_was_sent() -> None:
    after = beaten(Standing(0.0, SEEN, 1), sent_s=10.0, answered_s=40.0)
    assert not after.may_commit(10.0 + COMMITS_FOR_S)


@pytest.mark.parametrize(
    ("sent_s", "answered_s", "seen_s"),
    [(600.0, 600.1, 600.0), (44.0, 64.0, 63.0), (44.0, 64.0, 44.0), (10.0, 10.1, 500.0)],
    ids=["outage", "slow answer, seen late", "slow answer, seen early", "another server's clock"],
)
def test_after_a_gap_the_number_rises(sent_s: float, answered_s: float, seen_s: float) -> None:
    after = beaten(Standing(0.0, SEEN, 1), sent_s=sent_s, answered_s=answered_s, seen_s=seen_s)
    assert after.number == 2
    assert after.was_back_within(1.0, answered_s + 1.0)
    assert not after.was_back_within(1.0, answered_s + 1.1)


def test_a_worker_whose_record_is_gone_commits_no_more() -> None:
    after = Standing(0.0, SEEN, 1).after_beat(None, sent_s=10.0, answered_s=10.1)
    assert after.is_gone
    assert not after.may_commit(10.1)


# -- joining, leaving ----------------------------------------------------------------------------------


def test_the_record_says_who_where_and_when_by_the_servers_clock(
    programs: Programs, records: Records
) -> None:
    one = programs.open()
    before = records._ago(0.0)
    join(one, "w-one")
    record = records.of("w-one")
    assert set(record) == {"_id", "host", "user", "local_id", "pid", "lock", "boot", "seen"}
    assert record["lock"] == str(programs.lock_dir / "w-one.lock")
    assert before - timedelta(seconds=1) <= records.seen("w-one") <= records._ago(-1.0)


def test_leaving_takes_record_lock_and_thread_along(programs: Programs, records: Records) -> None:
    one = programs.open()
    join(one, "w-one")
    assert _beating() == 1
    one.leave()
    assert records.names() == []
    assert list(programs.lock_dir.iterdir()) == []
    assert _beating() == 0
    assert one.membership().is_over


def test_a_name_in_use_on_this_machine_is_refused(programs: Programs, records: Records) -> None:
    one, other = programs.open(), programs.open()
    join(one, "w-one")
    with pytest.raises(ValueError, match="another program"):
        join(other, "w-one")
    assert one.membership().may_commit
    assert records.names() == ["w-one"]


def test_a_name_in_use_elsewhere_is_refused_and_leaves_no_lock(programs: Programs, records: Records) -> None:
    one = programs.open()
    records.add("w-one")
    with pytest.raises(ValueError, match="another program"):
        join(one, "w-one")
    assert list(programs.lock_dir.iterdir()) == []
    assert records.of("w-one")["boot"] == OTHER_MACHINE


def test_a_name_of_the_dead_may_be_had(programs: Programs, records: Records) -> None:
    one = programs.open()
    records.add("w-one", unseen_s=DEAD_AFTER_S + 5)
    join(one, "w-one")
    assert one.membership().may_commit
    assert records.of("w-one")["host"] == "ws1"


def test_a_record_whose_answer_got_lost_is_ones_own(programs: Programs, records: Records) -> None:
    one, other = programs.open(), programs.open()
    join(one, "w-one")
    record = records.of("w-one")
    one.leave()
    records.add("w-one", pid=record["pid"], lock=record["lock"], boot=record["boot"])
    join(other, "w-one")
    assert other.membership().may_commit
    assert records.of("w-one")["user"] == "anna"


def test_a_record_whose_process_was_killed_can_be_entered_again_at_once(
    programs: Programs, records: Records
) -> None:
    one, other = programs.open(), programs.open()
    join(one, "w-one")
    record = records.of("w-one")
    one.leave()
    records.add("w-one", pid=-1, lock=record["lock"], boot=record["boot"])
    join(other, "w-one")
    assert other.membership().may_commit


def test_a_server_that_is_away_is_said_and_leaves_no_lock(tmp_path: Path) -> None:
    connection = MongoConnection(
        MongoAddress.parse("mongodb://127.0.0.1:9/"), steady_s=Clock().steady_s, timeout_s=0.2
    )
    workers = MongoWorkers(connection, tmp_path / "locks")
    with pytest.raises(DatabaseUnreachableError):
        join(workers, "w-one")
    assert list((tmp_path / "locks").iterdir()) == []
    assert workers.membership().is_over
    connection.close()


def test_joining_sweeps_what_was_left_a_month_ago(programs: Programs, records: Records) -> None:
    programs.lock_dir.mkdir(parents=True)
    old, young = programs.lock_dir / "w-old.lock", programs.lock_dir / "w-young.lock"
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    records.add("w-old", unseen_s=31 * 24 * 3600)
    records.add("w-young", unseen_s=29 * 24 * 3600)
    one = programs.open()
    join(one, "w-one")
    assert records.names() == ["w-one", "w-young"]
    assert sorted(programs.lock_dir.iterdir()) == [programs.lock_dir / "w-one.lock", young]


# -- the heartbeat -------------------------------------------------------------------------------------


def test_the_heart_beats_when_it_is_time(programs: Programs, records: Records) -> None:
    one = programs.open()
    join(one, "w-one")
    records.age("w-one", 50.0)
    first = records.seen("w-one")
    programs.clock.advance(11.0)
    eventually(lambda: records.seen("w-one") > first, "a heartbeat")
    assert one.membership().number == 1


def test_a_worker_whose_record_was_removed_is_over(programs: Programs, records: Records) -> None:
    one = programs.open()
    join(one, "w-one")
    records.remove("w-one")
    programs.clock.advance(11.0)
    eventually(lambda: one.membership().is_over, "the end")
    assert not one.membership().may_commit
    assert records.names() == [], "a heartbeat makes no record"
    join(one, "w-two")
    assert one.membership().may_commit
    assert one.membership().number == 2


def test_a_worker_whose_locks_were_removed_is_over(programs: Programs) -> None:
    one = programs.open()
    join(one, "w-one")
    shutil.rmtree(programs.lock_dir)
    assert one.membership().is_over
    assert not one.membership().may_commit


def test_a_suspend_stops_commits_until_the_server_was_heard_again(
    programs: Programs, records: Records
) -> None:
    one = programs.open()
    join(one, "w-one")
    assert one.membership() == one.membership()
    first = one.membership()
    programs.clock.advance(3600.0)
    # The thread may have noticed already, which is as well.
    now = one.membership()
    assert not now.may_commit or now.number == first.number + 1
    assert not now.is_over
    eventually(lambda: one.membership().may_commit, "the heartbeat after the suspend")
    assert one.membership().number == first.number + 1


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[MongoServer]:
    server = MongoServer(tmp_path / "server")
    yield server
    server.stop()


def test_an_outage_of_ten_minutes_is_survived_under_the_same_name(
    own_server: MongoServer, tmp_path: Path
) -> None:
    programs = Programs(own_server.address("test"), tmp_path / "locks")
    one = programs.open()
    join(one, "w-one")
    first = one.membership()
    own_server.kill()
    for _ in range(10):
        programs.clock.advance(60.0)
        now = one.membership()
        assert (now.may_commit, now.is_over, now.number) == (False, False, first.number)
    own_server.start()
    eventually(lambda: one.membership().may_commit, "the heartbeat after the outage")
    assert one.membership().number == first.number + 1
    with own_server.client() as client:
        records = Records(client)
        records.add("w-other", unseen_s=DEAD_AFTER_S + 300)
        assert one.is_alive_now("w-other"), "it had no time to come back"
        programs.clock.advance(PATIENCE_S + 1.0)
        assert not one.is_alive_now("w-other")
    programs.close()


def test_a_server_that_hangs_holds_no_leaving_worker(own_server: MongoServer, tmp_path: Path) -> None:
    programs = Programs(own_server.address("test"), tmp_path / "locks")
    one = programs.open()
    join(one, "w-one")
    own_server.halt()
    leaving = threading.Thread(target=one.leave, name="leaving")
    leaving.start()
    leaving.join(120)
    assert not leaving.is_alive()
    assert list(programs.lock_dir.iterdir()) == []
    own_server.kill()
    programs.close()


# -- who lives -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unseen_s", "alive"), [(0.0, True), (50.0, True), (65.0, False), (1e6, False)])
def test_a_worker_elsewhere_is_dead_a_minute_after_it_was_seen(
    programs: Programs, records: Records, unseen_s: float, alive: bool
) -> None:
    one = programs.open()
    records.add("w-other", unseen_s=unseen_s)
    assert one.is_alive("w-other") is alive
    assert one.is_alive_now("w-other") is alive
    assert [worker.alive for worker in one.all()] == [alive]
    assert one.has_ended("w-other") is (unseen_s > ENDED_AFTER_S)


def test_the_clock_of_this_machine_decides_nothing(programs: Programs, records: Records) -> None:
    one = programs.open()
    join(one, "w-one")
    records.add("w-other", unseen_s=50.0)
    assert one.is_alive_now("w-other")
    programs.clock.advance(31.0)  # a suspend, after which the server is asked for its time
    eventually(lambda: records.seen("w-one") > records._ago(5.0))
    assert one.is_alive_now("w-other")


def test_a_worker_of_this_machine_is_dead_once_its_lock_is_free(programs: Programs, records: Records) -> None:
    one, other = programs.open(), programs.open()
    join(other, "w-other")
    record = records.of("w-other")
    assert one.is_alive("w-other")
    other.leave()
    records.add("w-other", lock=record["lock"], boot=record["boot"])
    assert one.is_alive("w-other"), "a lock that is not there may lie in another container"
    Path(str(record["lock"])).touch()
    assert not one.is_alive("w-other")
    assert not one.is_alive_now("w-other")
    assert one.has_ended("w-other")


def test_a_free_lock_says_nothing_of_another_machine(programs: Programs, records: Records) -> None:
    one = programs.open()
    programs.lock_dir.mkdir(parents=True)
    lock = programs.lock_dir / "w-other.lock"
    lock.touch()
    records.add("w-other", lock=str(lock))
    assert one.is_alive("w-other")
    assert not one.has_ended("w-other")


def test_a_stopped_worker_is_dead_and_has_not_ended(programs: Programs, records: Records) -> None:
    one, other = programs.open(), programs.open()
    join(other, "w-other")
    records.age("w-other", DEAD_AFTER_S + 5)
    assert not one.is_alive_now("w-other")
    assert not one.has_ended("w-other")
    records.age("w-other", ENDED_AFTER_S + 5)
    assert one.has_ended("w-other")


def test_who_is_known_from_a_moment_ago_is_asked_for_anew_only_before_a_takeover(
    programs: Programs, records: Records
) -> None:
    one = programs.open()
    records.add("w-other")
    assert one.is_alive("w-other")
    assert not one.is_alive("w-third")
    records.remove("w-other")
    records.add("w-third")
    assert one.is_alive("w-other")
    assert not one.is_alive("w-third")
    assert not one.is_alive_now("w-other")
    assert one.is_alive_now("w-third")
    programs.clock.advance(1.1)
    assert not one.is_alive("w-other")
    assert one.is_alive("w-third")


@pytest.mark.parametrize("seen", [None, "yesterday", 7])
def test_a_record_of_no_known_form_is_a_dead_workers(
    programs: Programs, records: Records, mongo_server: MongoServer | NamedServer, seen: object
) -> None:
    one = programs.open()
    with mongo_server.client() as client:
        client["syncgui"]["workers"].insert_one({"_id": "w-odd", "seen": seen, "pid": "x", "lock": 7})
    assert not one.is_alive("w-odd")
    assert one.has_ended("w-odd")
    assert [(worker.name, worker.pid, worker.alive) for worker in one.all()] == [("w-odd", 0, False)]
    one.forget("w-odd")
    assert records.names() == []


# -- forgetting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unseen_s", "forgotten"), [(0.0, False), (65.0, False), (FORGOTTEN_AFTER_S + 5, True)]
)
def test_a_worker_elsewhere_is_forgotten_after_an_hour(
    programs: Programs, records: Records, unseen_s: float, forgotten: bool
) -> None:
    one = programs.open()
    records.add("w-other", unseen_s=unseen_s)
    one.forget("w-other")
    assert records.names() == ([] if forgotten else ["w-other"])


def test_a_killed_worker_of_this_machine_is_forgotten_with_its_lock(
    programs: Programs, records: Records
) -> None:
    one, other = programs.open(), programs.open()
    join(other, "w-other")
    record = records.of("w-other")
    other.leave()
    lock = Path(str(record["lock"]))
    lock.touch()
    records.add("w-other", lock=str(lock), boot=record["boot"])
    one.forget("w-other")
    assert records.names() == []
    assert not lock.exists()


def test_a_stopped_worker_of_this_machine_is_forgotten_after_a_day(
    programs: Programs, records: Records
) -> None:
    one, other = programs.open(), programs.open()
    join(other, "w-other")
    records.age("w-other", FORGOTTEN_AFTER_S + 5)
    one.forget("w-other")
    assert records.names() == ["w-other"]
    records.age("w-other", ENDED_AFTER_S + 5)
    one.forget("w-other")
    assert records.names() == []
    assert (programs.lock_dir / "w-other.lock").exists()


def test_a_record_leads_to_no_file_but_the_workers_own_lock(
    programs: Programs, records: Records, tmp_path: Path
) -> None:
    one, two = programs.open(), programs.open()
    join(one, "w-one")
    boot = records.of("w-one")["boot"]
    precious = tmp_path / "precious.lock"
    precious.touch()
    records.add("w-evil", lock=str(precious), boot=boot)
    assert two.is_alive("w-evil")
    records.age("w-evil", ENDED_AFTER_S + 5)
    two.forget("w-evil")
    assert precious.exists()


def _beating() -> int:
    return sum(thread.name == "syncgui-heartbeat" for thread in threading.enumerate())
