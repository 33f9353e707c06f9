"""Finding work on a MongoDB: by its change stream, and by looking where there is none."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bson import ObjectId

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store.abstract_store import Changes
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_watch import MongoWatch
from tests.servers.mongo_server import Client, MongoServer, NamedServer, User
from tests.store.documents import representation

PROJECT = "Test"
GENEROUS_S = 60.0


class Studio:
    """A database, another program's client on it, and watches of ours, closed at the end."""

    def __init__(self, server: MongoServer | NamedServer, database: str, *, login: str | None = None) -> None:
        self.server = server
        self.client: Client = server.client(login) if isinstance(server, MongoServer) else server.client()
        self.database = self.client[database]
        self._address = server.address(database)
        self._opened: list[tuple[MongoWatch, MongoConnection]] = []

    def watch(self) -> MongoWatch:
        """A program of ours."""
        connection = MongoConnection(
            MongoAddress.parse(self._address), steady_s=time.monotonic, timeout_s=GENEROUS_S
        )
        watch = MongoWatch(connection, MongoDocuments(connection))
        self._opened.append((watch, connection))
        return watch

    def publish(self, project: str = PROJECT) -> str:
        """Another program inserts a representation; its id."""
        document = representation()
        self.database[project].insert_one(document)
        return str(document["_id"])

    def close(self) -> None:
        """End all."""
        for watch, connection in self._opened:
            watch.close()
            connection.close()
        self.client.close()


@pytest.fixture
def studio(mongo_server: MongoServer | NamedServer, mongo_address: str) -> Iterator[Studio]:
    """On the shared server, which has change streams."""
    made = Studio(mongo_server, mongo_address.partition("?")[0].rpartition("/")[2])
    yield made
    made.close()


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A server without change streams."""
    server = MongoServer(tmp_path_factory.mktemp("standalone"), ["--standalone"])
    yield server
    server.stop()


@pytest.fixture
def alone(standalone: MongoServer) -> Iterator[Studio]:
    """A database on a server without change streams."""
    made = Studio(standalone, f"alone_{ObjectId()}")
    yield made
    made.client.drop_database(made.database.name)
    made.client.drop_database("syncgui")
    made.close()


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A server with change streams that tests may kill, halt or let fail; they leave it running."""
    server = MongoServer(tmp_path_factory.mktemp("troubled"))
    yield server
    server.stop()


@pytest.fixture
def own(troubled: MongoServer) -> Iterator[Studio]:
    """A database of the test's own on it."""
    made = Studio(troubled, f"own_{ObjectId()}")
    yield made
    made.close()


def quiet(watch: MongoWatch) -> None:
    """Wait until everything so far was noticed, with the watch's thread at work."""
    while watch.wait_for_change(0.0):
        pass
    watch.wait_for_change(0.001)


def every_id(watch: MongoWatch, cursor: str, project: str = PROJECT) -> set[str]:
    """All ids after a cursor."""
    found: set[str] = set()
    more = True
    while more:
        changes = watch.changes(cursor)
        assert not changes.lost
        found |= set(changes.ids.get(project, ()))
        cursor, more = changes.cursor, changes.more
    return found


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + GENEROUS_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end
        pause.wait(0.01)


class TestStream:
    """A replica set."""

    def test_an_open_stream_answers_without_asking_the_server(self, own: Studio) -> None:
        watch = own.watch()
        cursor = watch.head()
        quiet(watch)
        published = own.publish()
        assert watch.wait_for_change(GENEROUS_S)
        assert isinstance(own.server, MongoServer)
        own.server.halt()
        try:
            changes = watch.changes(cursor)
            assert changes.ids == {PROJECT: [published]}
            assert watch.changes(changes.cursor).ids == {}
        finally:
            own.server.go_on()

    def test_what_comes_while_waiting_wakes_and_is_told_from_the_open_stream(self, studio: Studio) -> None:
        watch = studio.watch()
        cursor = watch.head()
        quiet(watch)
        told: set[str] = set()
        for _ in range(5):
            published = studio.publish()
            assert watch.wait_for_change(GENEROUS_S)
            changes = watch.changes(cursor)
            told |= set(changes.ids.get(PROJECT, ()))
            cursor = changes.cursor
            assert published in told

    def test_the_own_write_is_told_by_the_next_question(self, studio: Studio) -> None:
        watch = studio.watch()
        cursor = watch.head()
        quiet(watch)
        for _ in range(20):
            document = representation()
            studio.database[PROJECT].insert_one(document)
            watch.wrote(PROJECT, [document["_id"]])
            changes = watch.changes(cursor)
            assert changes.ids == {PROJECT: [str(document["_id"])]}
            cursor = changes.cursor

    def test_inserted_documents_of_other_types_are_not_told(self, studio: Studio) -> None:
        watch = studio.watch()
        cursor = watch.head()
        studio.database[PROJECT].insert_many([{"type": "version"}, {"type": "subset"}])
        assert watch.changes(cursor) == Changes(cursor, {})

    def test_a_replaced_document_is_told_whatever_it_has_become(self, studio: Studio) -> None:
        published = studio.publish()
        watch = studio.watch()
        cursor = watch.head()
        key = ObjectId(published)
        studio.database[PROJECT].replace_one({"_id": key}, {"type": "archived_representation"})
        assert watch.changes(cursor).ids == {PROJECT: [published]}

    def test_many_documents_of_no_interest_hide_nothing_behind_them(self, studio: Studio) -> None:
        watch = studio.watch()
        cursor = watch.head()
        studio.database[PROJECT].insert_many([{"type": "version"} for _ in range(2_000)])
        published = studio.publish()
        assert every_id(watch, cursor) == {published}

    def test_a_cursor_of_an_earlier_process_goes_on(self, studio: Studio) -> None:
        cursor = studio.watch().head()
        published = studio.publish()
        later = studio.watch()
        quiet(later)
        changes = later.changes(cursor)
        assert changes.ids == {PROJECT: [published]}
        assert later.changes(changes.cursor).ids == {}
        another = studio.publish()
        assert later.wait_for_change(GENEROUS_S)
        assert later.changes(changes.cursor).ids == {PROJECT: [another]}

    def test_two_programs_come_to_the_same_place(self, studio: Studio) -> None:
        one, other = studio.watch(), studio.watch()
        start = one.head()
        quiet(other)
        studio.publish()
        here, there = one.changes(start).cursor, other.changes(start).cursor
        assert one.same_place(here, there)
        assert other.same_place(here, other.head())
        assert not one.same_place(start, here)
        studio.publish()
        assert not other.same_place(here, other.head())
        assert not studio.watch().same_place(here, studio.watch().head())

    def test_a_program_that_has_just_started_knows_whether_it_is_where_another_one_is(
        self, studio: Studio
    ) -> None:
        one = studio.watch()
        start = one.head()
        studio.publish()
        here = one.changes(start).cursor
        new = studio.watch()
        assert new.same_place(here, new.head())
        assert not new.same_place(start, new.head())

    def test_a_quiet_database_stays_at_its_place_while_others_are_busy(self, studio: Studio) -> None:
        watch = studio.watch()
        cursor = watch.head()
        other = studio.client[f"{studio.database.name}_other"]
        other["busy"].insert_many([{} for _ in range(500)])
        studio.client.drop_database(other.name)
        later = studio.watch()
        renewed = later.changes(cursor)
        assert renewed.ids == {}
        assert later.same_place(renewed.cursor, cursor)
        assert json.loads(renewed.cursor)["token"] != json.loads(cursor)["token"]

    def test_a_dropped_project_is_to_be_scanned_again_and_no_other(self, studio: Studio) -> None:
        studio.publish()
        studio.publish("Other")
        watch = studio.watch()
        cursor = watch.head()
        studio.database.drop_collection(PROJECT)
        published = studio.publish("Other")
        changes = watch.changes(cursor)
        assert (list(changes.anew), changes.lost) == ([PROJECT], False)
        assert changes.ids == {"Other": [published]}

    def test_a_renamed_project_is_to_be_scanned_again_under_both_names(self, studio: Studio) -> None:
        studio.publish()
        watch = studio.watch()
        cursor = watch.head()
        studio.database[PROJECT].rename("New")
        assert {PROJECT} <= set(watch.changes(cursor).anew) <= {PROJECT, "New"}

    @pytest.mark.parametrize("follows", [True, False])
    def test_after_a_dropped_database_everything_is_lost_and_then_goes_on(
        self, studio: Studio, follows: bool
    ) -> None:
        studio.publish()
        watch = studio.watch()
        cursor = watch.head()
        if follows:
            quiet(watch)
        studio.client.drop_database(studio.database.name)
        if follows:
            assert watch.wait_for_change(GENEROUS_S)
        lost: list[Changes] = []

        def is_lost() -> bool:
            lost.append(watch.changes(cursor))
            return lost[-1].lost

        until(is_lost)
        published = studio.publish()
        until(lambda: every_id(watch, lost[-1].cursor) == {published})

    def test_a_cursor_that_the_server_has_forgotten_is_lost(self, own: Studio) -> None:
        watch = own.watch()
        cursor = watch.head()
        assert isinstance(own.server, MongoServer)
        own.server.fail(["aggregate"], 286)
        changes = watch.changes(cursor)
        assert changes.lost
        assert watch.changes(changes.cursor) == Changes(changes.cursor, {})

    def test_a_server_that_is_busy_for_a_moment_loses_nothing(self, own: Studio) -> None:
        watch = own.watch()
        cursor = watch.head()
        published = own.publish()
        assert isinstance(own.server, MongoServer)
        own.server.fail(["aggregate"], 262, times=2)
        with pytest.raises(DatabaseUnreachableError):
            watch.changes(cursor)
        until(lambda: _ids_or_none(watch, cursor) == {published})

    def test_another_databases_cursor_is_lost(self, studio: Studio, own: Studio) -> None:
        assert studio.watch().changes(own.watch().head()).lost

    def test_a_server_that_is_killed_and_comes_back_is_followed_from_where_it_was(self, own: Studio) -> None:
        watch = own.watch()
        cursor = watch.head()
        quiet(watch)
        first = own.publish()
        assert watch.wait_for_change(GENEROUS_S)
        assert isinstance(own.server, MongoServer)
        own.server.kill()
        own.server.start()
        second = own.publish()
        seen: set[str] = set()

        def has_both() -> bool:
            watch.wait_for_change(0.1)
            seen.update(_ids_or_none(watch, cursor) or ())
            return seen == {first, second}

        until(has_both)
        third = own.publish()
        assert watch.wait_for_change(GENEROUS_S)
        assert third in every_id(watch, cursor)

    def test_closing_ends_a_wait_at_once_while_the_server_is_away(self, own: Studio) -> None:
        watch = own.watch()
        quiet(watch)
        assert isinstance(own.server, MongoServer)
        own.server.kill()
        answers: list[bool] = []
        waiter = threading.Thread(
            target=lambda: answers.extend(iter(lambda: watch.wait_for_change(GENEROUS_S), False)),
            name="waiter",
        )
        waiter.start()
        watch.close()
        waiter.join(GENEROUS_S)
        own.server.start()
        assert not waiter.is_alive()

    def test_a_project_that_is_new_is_known_at_once(self, studio: Studio) -> None:
        studio.publish()
        connection = MongoConnection(
            MongoAddress.parse(studio.server.address(studio.database.name)), steady_s=lambda: 0.0
        )
        documents = MongoDocuments(connection)
        watch = MongoWatch(connection, documents)
        try:
            watch.head()
            quiet(watch)
            assert documents.project_document(PROJECT) is None
            studio.database[PROJECT].insert_one({"_id": ObjectId(), "type": "project", "name": PROJECT})
            assert watch.wait_for_change(GENEROUS_S)
            until(lambda: documents.project_document(PROJECT) is not None)
        finally:
            watch.close()
            connection.close()

    def test_a_burst_is_told_in_few_wakes(self, studio: Studio) -> None:
        watch = studio.watch()
        cursor = watch.head()
        quiet(watch)
        published = {studio.publish() for _ in range(300)}
        seen: set[str] = set()
        wakes = 0
        begin = time.monotonic()
        while seen != published:
            assert watch.wait_for_change(GENEROUS_S)
            wakes += 1
            changes = watch.changes(cursor)
            cursor = changes.cursor
            seen |= set(changes.ids.get(PROJECT, ()))
        assert wakes <= 2 + (time.monotonic() - begin) / 0.05


class TestPoll:
    """A standalone server."""

    def test_it_says_once_that_there_is_no_stream(
        self, alone: Studio, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            watch = alone.watch()
            watch.changes(watch.head())
            watch.wait_for_change(0.0)
        assert [one for one in caplog.messages if "no change stream" in one] == caplog.messages
        assert len(caplog.messages) == 1
        assert watch.is_polling

    def test_a_new_publish_is_found(self, alone: Studio) -> None:
        alone.publish()
        watch = alone.watch()
        cursor = watch.head()
        assert watch.changes(cursor) == Changes(cursor, {})
        published = alone.publish()
        changes = watch.changes(cursor)
        assert changes.ids == {PROJECT: [published]}
        assert watch.changes(changes.cursor).ids == {}

    def test_a_new_publish_wakes_who_waits(self, alone: Studio) -> None:
        watch = alone.watch()
        cursor = watch.head()
        quiet(watch)
        published = alone.publish()
        assert watch.wait_for_change(GENEROUS_S)
        assert every_id(watch, cursor) == {published}

    def test_a_publish_whose_machine_is_minutes_behind_is_found(self, alone: Studio) -> None:
        alone.publish()
        watch = alone.watch()
        cursor = watch.head()
        late = _made(time.time() - 300)
        alone.database[PROJECT].insert_one(representation() | {"_id": late})
        assert watch.changes(cursor).ids == {PROJECT: [str(late)]}

    def test_one_machine_far_ahead_of_time_hides_nobody(self, alone: Studio) -> None:
        alone.database[PROJECT].insert_one(representation() | {"_id": _made(time.time() + 10**7)})
        watch = alone.watch()
        cursor = watch.head()
        published = alone.publish()
        assert watch.changes(cursor).ids == {PROJECT: [published]}

    def test_the_own_write_is_told_here_at_once_and_by_others_at_their_next_look(self, alone: Studio) -> None:
        old = _made(time.time() - 10**6)
        alone.database[PROJECT].insert_one(representation() | {"_id": old})
        alone.publish()
        one, other = alone.watch(), alone.watch()
        here, there = one.head(), other.head()
        quiet(one)
        one.wrote(PROJECT, [old])
        assert one.changes(here).ids == {PROJECT: [str(old)]}
        assert other.changes(there).ids == {PROJECT: [str(old)]}

    def test_a_cursor_of_an_earlier_process_goes_on(self, alone: Studio) -> None:
        old = _made(time.time() - 10**6)
        alone.database[PROJECT].insert_one(representation() | {"_id": old})
        alone.publish()
        cursor = alone.watch().head()
        published = alone.publish()
        alone.watch().wrote(PROJECT, [old])
        found = every_id(alone.watch(), cursor)
        assert {published, str(old)} <= found

    def test_a_project_that_is_new_is_told_from_its_beginning(self, alone: Studio) -> None:
        watch = alone.watch()
        cursor = watch.head()
        published = alone.publish("New")
        assert watch.changes(cursor).ids == {"New": [published]}

    def test_portions_leave_no_gap_for_the_next_process(self, alone: Studio) -> None:
        watch = alone.watch()
        cursor = watch.head()
        published = {alone.publish() for _ in range(7)}
        first = watch.changes(cursor, limit=3)
        assert first.more
        assert every_id(watch, first.cursor) | set(first.ids[PROJECT]) == published
        assert published <= every_id(alone.watch(), first.cursor) | set(first.ids[PROJECT])

    def test_two_programs_come_to_the_same_place(self, alone: Studio) -> None:
        alone.publish()
        one, other = alone.watch(), alone.watch()
        assert one.same_place(one.head(), other.head())
        published = alone.publish()
        one.wrote(PROJECT, [ObjectId(published)])
        here = one.head()
        assert not one.same_place(here, None)
        until(lambda: one.same_place(one.head(), other.head()))

    def test_a_streams_cursor_is_lost(self, alone: Studio, studio: Studio) -> None:
        assert alone.watch().changes(studio.watch().head()).lost
        assert studio.watch().changes(alone.watch().head()).lost

    def test_who_has_no_rights_on_our_own_database_goes_without(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        server = MongoServer(tmp_path / "server", ["--standalone"], query="authSource=admin")
        users = [User("anna", "secret", [{"role": "read", "db": "own"}]), User("root", "secret", ["root"])]
        server.demand_logins(users, "anna:secret")
        studio = Studio(server, "own", login="root:secret")
        try:
            watch = studio.watch()
            cursor = watch.head()
            published = [ObjectId(studio.publish())]
            watch.wrote(PROJECT, published)
            watch.wrote(PROJECT, published)
            assert every_id(watch, cursor) == {str(published[0])}
            assert len([one for one in caplog.messages if "seen late" in one]) == 1
        finally:
            studio.close()
            server.stop()


def _made(epoch_s: float) -> ObjectId:
    """An id made at another time."""
    return ObjectId(int(epoch_s).to_bytes(4, "big") + ObjectId().binary[4:])


def _ids_or_none(watch: MongoWatch, cursor: str) -> set[str] | None:
    try:
        return every_id(watch, cursor)
    except DatabaseUnreachableError:
        return None
