"""Reading a MongoDB: odd ids and documents, lost cursors, and what is not asked again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import bson
import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Timestamp

from syncgui.model.representation import Document, read_representation
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.mongo_ids import candidates
from syncgui.store.mongo_reading import chunks
from tests.servers.mongo_server import Client, MongoServer, NamedServer
from tests.store.documents import file, representation

PROJECT = "Test"
MANY = 1100
"""Documents of a collection that is no small one, and that takes more than one answer to read."""
CURSOR_NOT_FOUND = 43


class Clock:
    """A steady clock that a test sets."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stranger(mongo_server: MongoServer | NamedServer) -> Iterator[Client]:
    """Another program at work on the same server."""
    with mongo_server.client() as client:
        yield client


@pytest.fixture
def connection(mongo_address: str, clock: Clock) -> Iterator[MongoConnection]:
    connection = MongoConnection(MongoAddress.parse(mongo_address), steady_s=clock, timeout_s=60.0)
    yield connection
    connection.close()


@pytest.fixture
def documents(connection: MongoConnection) -> MongoDocuments:
    return MongoDocuments(connection)


def insert(
    client: Client, connection: MongoConnection, *inserted: Document, project: str = PROJECT
) -> Sequence[Document]:
    """Insert documents as another program does."""
    client[connection.address.database][project].insert_many([dict(one) for one in inserted])
    return inserted


def scanned(documents: MongoDocuments) -> list[Document]:
    return [one for chunk in documents.scan(PROJECT) for one in chunk]


# -- documents -----------------------------------------------------------------------------------------


def test_a_scan_gives_what_is_read_of_a_representation_and_nothing_large_besides(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    odd: list[object] = [
        [file(), "text", None, 7, {"path": 7}, [file()], {"path": "a", "sites": "b"}],
        {"path": "a"},
        "text",
        [],
        None,
    ]
    inserted = [representation() | {"files": one} for one in odd]
    inserted += [
        representation() | {"context": one} for one in (None, 7, [{"asset": "a"}], {"task": {"name": "t"}})
    ]
    inserted.append({"_id": ObjectId(), "type": "representation"})
    insert(stranger, connection, *inserted)
    found = scanned(documents)
    assert [read_representation(one) for one in found] == [read_representation(one) for one in inserted]
    for one in found:
        assert {"data", "schema"}.isdisjoint(one)
        context = one.get("context")
        assert not isinstance(context, dict) or {"root", "project"}.isdisjoint(context)


ODD_IDS: list[object] = [
    "text",
    "",
    "None",
    7,
    Int64(2**40),
    2.5,
    8.0,
    float("inf"),
    True,
    {"a": 1},
    {"a": {"b": [1]}},
    Decimal128("1.10"),
    Binary(b"0123456789abcdef", 4),
    Binary(b"abc", 0),
    Timestamp(3, 4),
    "0123456789abcdef01234567",
    "0123456789ABCDEF01234567",
]


def test_documents_with_ids_of_any_type_are_scanned_once_and_found(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    inserted = [representation() | {"_id": one} for one in ODD_IDS] + [representation() for _ in range(3)]
    insert(stranger, connection, *inserted)
    texts = sorted(str(one["_id"]) for one in inserted)
    assert sorted(str(one["_id"]) for one in scanned(documents)) == texts
    assert sorted(str(one["_id"]) for one in documents.read(PROJECT, texts)) == texts
    assert set(documents.types(PROJECT, [*texts, "unknown"])) == set(texts)
    raw = documents.raw_ids(PROJECT, [*texts, "unknown"])
    assert {text: str(one) for text, one in raw.items()} == {text: text for text in texts}
    for text, one in raw.items():
        with connection.asking():
            assert connection.collection(PROJECT).count_documents({"_id": one}) == 1, text


def test_a_number_is_not_found_by_the_text_of_another_type(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    insert(stranger, connection, representation() | {"_id": 7.0})
    assert documents.read(PROJECT, ["7"]) == []
    assert len(documents.read(PROJECT, ["7.0"])) == 1


def test_of_an_object_id_and_a_text_of_the_same_digits_the_object_id_is_meant(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    digits = "0123456789abcdef01234567"
    insert(stranger, connection, *(representation() | {"_id": one} for one in (digits, ObjectId(digits))))
    assert documents.raw_ids(PROJECT, [digits]) == {digits: ObjectId(digits)}
    assert [one["_id"] for one in documents.read(PROJECT, [digits])] == [ObjectId(digits)]


def test_a_text_of_24_digits_that_comes_later_is_met_and_believed(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    digits = "0123456789abcdef01234567"
    assert documents.raw_ids(PROJECT, [digits]) == {digits: ObjectId(digits)}
    insert(stranger, connection, representation() | {"_id": digits})
    assert len(documents.read(PROJECT, [digits])) == 1
    assert documents.raw_ids(PROJECT, [digits]) == {digits: digits}


def test_many_ids_are_read_in_portions(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    inserted = insert(stranger, connection, *(representation() for _ in range(350)))
    ids = [str(one["_id"]) for one in inserted]
    assert {str(one["_id"]) for one in documents.read(PROJECT, ids)} == set(ids)
    assert documents.read(PROJECT, []) == []


@pytest.mark.parametrize("parent", [ObjectId(), "0123456789abcdef01234567", "text", 7, {"a": 1}])
def test_children_are_found_by_the_text_of_any_parent(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client, parent: object
) -> None:
    child = {"_id": ObjectId(), "type": "subset", "parent": parent, "name": "a"}
    other = {"_id": ObjectId(), "type": "subset", "parent": {"b": 1}, "name": "b"}
    insert(stranger, connection, child, other)
    assert documents.children(PROJECT, "subset", str(parent)) == [child]


@pytest.mark.parametrize(
    "identifier", [one for one in ODD_IDS if not isinstance(one, dict | Decimal128 | Timestamp)]
)
def test_what_a_text_may_stand_for_holds_the_value_that_it_is_of(identifier: object) -> None:
    assert identifier in [*candidates(str(identifier)), str(identifier)]


@pytest.mark.parametrize(
    "text", ["b'", "b'" + "(" * 1000, "{'a':", "١٢", "9" * 30, "1e999", "nan", "2024-13-01"]
)
def test_no_text_is_too_odd_to_be_looked_for(text: str) -> None:
    assert candidates(text)[0] == text


# -- odd bytes -----------------------------------------------------------------------------------------


def spoilt(document: Document) -> bytes:
    """A document with a text that is none."""
    return bson.encode(document).replace(b"renderMain", b"render\xff\xfe\xfdn")


def test_a_document_that_nobody_can_read_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    good, bad, last = representation(), representation(), representation()
    batch = bson.encode(good) + spoilt(bad) + bson.encode(last) + spoilt(bad)
    (chunk,) = chunks(batch, 2**20)
    assert [one["_id"] for one in chunk.documents] == [good["_id"], last["_id"]]
    assert chunk.last == bad["_id"]
    assert "can not be read" in caplog.text


def test_the_id_of_a_document_that_nobody_can_read_is_known_whatever_its_type() -> None:
    (chunk,) = chunks(spoilt(representation() | {"_id": "text"}), 2**20)
    assert (chunk.documents, chunk.last) == ([], "text")


def test_a_date_beyond_the_calendar_is_a_number_of_milliseconds() -> None:
    (chunk,) = chunks(bson.encode({"_id": 1, "when": bson.DatetimeMS(2**62)}), 2**20)
    assert chunk.documents == [{"_id": 1, "when": bson.DatetimeMS(2**62)}]


def test_an_answer_is_decoded_a_few_documents_at_a_time() -> None:
    inserted = [representation(files=[file()] * number) for number in (1, 1, 1, 200, 1, 1)]
    batch = b"".join(map(bson.encode, inserted))
    found = list(chunks(batch, 3000))
    assert [len(one.documents) for one in found] == [3, 1, 2]
    assert [one for chunk in found for one in chunk.documents] == inserted
    assert list(chunks(b"", 3000)) == []


# -- lost cursors --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MongoServer, list[str]]]:
    """A server that can be made to fail, and the ids of a project that takes three answers."""
    server = MongoServer(tmp_path_factory.mktemp("own"))
    inserted = [representation() for _ in range(2 * MANY)]
    with server.client() as client:
        client.avalon[PROJECT].insert_many([dict(one) for one in inserted])
    yield server, sorted(str(one["_id"]) for one in inserted)
    server.kill()


@pytest.fixture
def on_own_server(own_server: tuple[MongoServer, list[str]]) -> Iterator[MongoDocuments]:
    address = f"{own_server[0].address()}?heartbeatFrequencyMS=500"
    connection = MongoConnection(MongoAddress.parse(address), steady_s=time.monotonic, timeout_s=60.0)
    yield MongoDocuments(connection)
    connection.close()


def test_a_scan_whose_cursor_is_lost_goes_on_after_the_last_document(
    own_server: tuple[MongoServer, list[str]], on_own_server: MongoDocuments
) -> None:
    server, ids = own_server
    found: list[str] = []
    for chunk in on_own_server.scan(PROJECT):
        found += [str(one["_id"]) for one in chunk]
        if len(found) < len(ids):
            server.fail(["getMore"], CURSOR_NOT_FOUND)
    server.fail(["getMore"], CURSOR_NOT_FOUND, times=0)
    assert sorted(found) == ids


def test_a_server_that_is_restarted_between_two_chunks_costs_a_scan_nothing(
    own_server: tuple[MongoServer, list[str]], on_own_server: MongoDocuments
) -> None:
    server, ids = own_server
    scan = on_own_server.scan(PROJECT)
    found = [str(one["_id"]) for one in next(scan)]
    server.kill()
    server.start()
    found += [str(one["_id"]) for chunk in scan for one in chunk]
    assert sorted(found) == ids


# -- projects ------------------------------------------------------------------------------------------


def versions(count: int) -> list[Document]:
    return [{"_id": ObjectId(), "type": "version"} for _ in range(count)]


def test_collections_without_representations_or_a_project_document_are_no_projects(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    insert(stranger, connection, {"_id": ObjectId(), "type": "project"}, project="Empty show")
    insert(stranger, connection, representation(), project="Show")
    insert(stranger, connection, *versions(3), project="other")
    assert documents.projects() == ["Empty show", "Show"]


def test_that_a_large_collection_is_no_project_is_believed_for_a_minute(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client, clock: Clock
) -> None:
    insert(stranger, connection, *versions(MANY))
    assert documents.projects() == []
    insert(stranger, connection, representation())
    assert documents.projects() == []
    clock.now_s += 61
    assert documents.projects() == [PROJECT]


def test_a_collection_of_which_something_was_heard_is_looked_at_anew(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    insert(stranger, connection, *versions(MANY))
    assert documents.projects() == []
    insert(stranger, connection, representation())
    documents.forget_about(PROJECT)
    assert documents.projects() == [PROJECT]


def test_a_small_collection_is_looked_at_each_time(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    insert(stranger, connection, *versions(3))
    assert documents.projects() == []
    insert(stranger, connection, representation())
    assert documents.projects() == [PROJECT]


def test_a_large_collection_that_is_gone_is_no_project_any_more(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    insert(stranger, connection, *(representation() for _ in range(MANY)))
    assert documents.projects() == [PROJECT]
    stranger[connection.address.database].drop_collection(PROJECT)
    assert documents.projects() == []


def test_a_projects_document_is_at_most_five_seconds_old(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client, clock: Clock
) -> None:
    (project,) = insert(stranger, connection, {"_id": ObjectId(), "type": "project", "roots": 1})
    collection = stranger[connection.address.database][PROJECT]
    assert documents.project_document(PROJECT) == project
    collection.update_one({"_id": project["_id"]}, {"$set": {"roots": 2}})
    clock.now_s += 4
    assert documents.project_document(PROJECT) == project
    clock.now_s += 2
    assert documents.project_document(PROJECT) == {**project, "roots": 2}
    collection.delete_one({"_id": project["_id"]})
    (other,) = insert(stranger, connection, {"_id": ObjectId(), "type": "project", "roots": 3})
    documents.forget_about(PROJECT)
    assert documents.project_document(PROJECT) == other


def test_a_projects_document_that_was_replaced_by_another_is_found(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client, clock: Clock
) -> None:
    (project,) = insert(stranger, connection, {"_id": ObjectId(), "type": "project"})
    assert documents.project_document(PROJECT) == project
    stranger[connection.address.database][PROJECT].delete_one({"_id": project["_id"]})
    (other,) = insert(stranger, connection, {"_id": ObjectId(), "type": "project"})
    clock.now_s += 6
    assert documents.project_document(PROJECT) == other


def test_a_projects_document_that_comes_to_a_small_collection_is_seen_at_once(
    documents: MongoDocuments, connection: MongoConnection, stranger: Client
) -> None:
    assert documents.project_document(PROJECT) is None
    (project,) = insert(stranger, connection, {"_id": ObjectId(), "type": "project"})
    assert documents.project_document(PROJECT) == project
