"""Projects while a change stream is followed: nothing is asked that was not touched, and what was is seen."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from bson import ObjectId

from syncgui.model.errors import DatabaseUnreachableError
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_watch import MongoWatch
from tests.servers.mongo_server import Client, MongoServer
from tests.store.documents import representation

GENEROUS_S = 60.0


class Studio:
    """A database that another program writes, and a program of ours that follows it."""

    def __init__(self, server: MongoServer) -> None:
        self.server = server
        self.client: Client = server.client()
        self.database = self.client[f"projects_{ObjectId()}"]
        self.publish("Show")
        self.passed_s = 0.0
        self._connection = MongoConnection(
            MongoAddress.parse(server.address(self.database.name)),
            steady_s=lambda: time.monotonic() + self.passed_s,
            timeout_s=GENEROUS_S,
        )
        self.documents = MongoDocuments(self._connection)
        self._watch = MongoWatch(self._connection, self.documents)
        self._watch.head()
        while self._watch.wait_for_change(0.0):
            pass
        self._watch.wait_for_change(0.001)  # the thread begins to follow
        self.publish("Show")
        self.heard()

    def publish(self, project: str) -> None:
        """Another program inserts a representation."""
        self.database[project].insert_one(representation())

    def heard(self) -> None:
        """Wait until the stream told something."""
        assert self._watch.wait_for_change(GENEROUS_S)

    def close(self) -> None:
        """End all."""
        self._watch.close()
        self._connection.close()
        self.client.drop_database(self.database.name)
        self.client.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A server that may be halted."""
    found = MongoServer(tmp_path_factory.mktemp("mongo"))
    yield found
    found.kill()


@pytest.fixture
def studio(server: MongoServer) -> Iterator[Studio]:
    """See the class."""
    found = Studio(server)
    yield found
    found.close()


def test_what_nobody_touched_is_not_asked_again(studio: Studio) -> None:
    studio.database["Show"].insert_one({"type": "project", "name": "Show"})
    studio.publish("Other")
    studio.heard()
    while len(studio.documents.projects()) < 2:
        studio.heard()
    document = studio.documents.project_document("Show")
    assert document is not None
    assert studio.documents.project_document("Other") is None
    studio.server.halt()
    try:
        studio.passed_s += 50.0
        assert studio.documents.projects() == ["Other", "Show"]
        assert studio.documents.project_document("Show") == document
        assert studio.documents.project_document("Other") is None
    finally:
        studio.server.go_on()


def test_a_new_project_is_seen_as_soon_as_the_stream_tells_of_it(studio: Studio) -> None:
    assert studio.documents.projects() == ["Show"]
    studio.publish("New show")
    studio.heard()
    assert studio.documents.projects() == ["New show", "Show"]


def test_a_collection_that_becomes_a_project_after_other_changes_is_seen(studio: Studio) -> None:
    version = studio.database["Later"].insert_one({"type": "version"}).inserted_id
    studio.database["Later"].update_one({"_id": version}, {"$set": {"name": 1}})
    studio.heard()
    assert studio.documents.projects() == ["Show"]
    studio.publish("Later")
    studio.heard()
    assert studio.documents.projects() == ["Later", "Show"]


def test_a_project_that_is_dropped_is_gone(studio: Studio) -> None:
    studio.publish("Gone")
    studio.heard()
    assert studio.documents.projects() == ["Gone", "Show"]
    studio.database.drop_collection("Gone")
    studio.heard()
    assert studio.documents.projects() == ["Show"]


def test_a_projects_document_that_another_program_changes_or_removes_is_read_anew(studio: Studio) -> None:
    collection = studio.database["Show"]
    known = collection.insert_one({"type": "project", "roots": 1}).inserted_id
    studio.heard()
    assert studio.documents.project_document("Show") == {"_id": known, "type": "project", "roots": 1}
    collection.update_one({"_id": known}, {"$set": {"roots": 2}})
    studio.heard()
    assert studio.documents.project_document("Show") == {"_id": known, "type": "project", "roots": 2}
    collection.delete_one({"_id": known})
    studio.heard()
    assert studio.documents.project_document("Show") is None


def test_after_minutes_everything_is_asked_once_more(studio: Studio) -> None:
    assert studio.documents.projects() == ["Show"]
    studio.database["Quiet"].insert_one({"type": "version"})  # of this a stream tells nothing
    studio.passed_s += 50.0
    assert studio.documents.projects() == ["Show"]
    studio.server.fail(["listCollections"], 1)
    studio.passed_s += 11.0
    with pytest.raises(DatabaseUnreachableError):
        studio.documents.projects()
    assert studio.documents.projects() == ["Show"]
