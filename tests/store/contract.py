"""What every store must do, written against `Store` alone: documents, reading, changes.

A store takes part by giving `Stores`; its tests then inherit these classes. The other parts of the
contract are `contract_records`, `contract_files` and `contract_workers`.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import bson
import pytest
from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.representation import Document, read_representation
from syncgui.store.abstract_store import Changes, Store
from tests.store.documents import file, representation
from tests.store.other_process import other_process

PROJECT = "Test"
GENEROUS_S = 60.0


class Stores(ABC):
    """Stores on one and the same data, closed when the test ends.

    Whatever a kind of store may do otherwise than the contract says stands in these flags.
    """

    address: str
    """As `open_store` takes it, with its login if it has one."""

    exact_changes = True
    """Else ids of other types' documents may be told, an id twice, and everything a little later."""

    keeps_new_keys_in_order = True
    """Else new keys of a site entry come in an order of the store's own."""

    farthest_date: object = bson.DatetimeMS(2**62)
    """A date that can be stored; a server may refuse those beyond the calendar."""

    @abstractmethod
    def open(self) -> Store:
        """One more program's view of the data."""

    def as_stored(self, document: Document) -> bytes:
        """What two documents have in common only if they are equal in values, types and order."""
        return as_stored(document if self.keeps_new_keys_in_order else _with_sorted_entries(document))

    def told(self, changes: Changes) -> dict[str, list[str]]:
        """The ids that were told, by project; each once, where it may be told twice."""
        if self.exact_changes:
            return {project: list(ids) for project, ids in changes.ids.items()}
        return {project: list(dict.fromkeys(ids)) for project, ids in changes.ids.items()}


def as_stored(document: Document) -> bytes:
    """What two documents have in common only if they are equal in values, types and order."""
    return bson.encode(document)


def _with_sorted_entries(document: Document) -> Document:
    files = document.get("files")
    if not isinstance(files, list):
        return document
    return {**document, "files": [_with_sorted_sites(one) for one in files]}


def _with_sorted_sites(one: object) -> object:
    if not isinstance(one, dict) or "sites" not in one:
        return one
    sites = one["sites"]
    if isinstance(sites, list):
        return {**one, "sites": [_sorted(entry) for entry in sites]}
    if isinstance(sites, dict):
        return {**one, "sites": {name: _sorted(entry) for name, entry in sites.items()}}
    return one


def _sorted(entry: object) -> object:
    return dict(sorted(entry.items())) if isinstance(entry, dict) else entry


def only(store: Store, document: Mapping[str, object], project: str = PROJECT) -> Document:
    """The document as the store has it now."""
    (found,) = store.read(project, [str(document["_id"])])
    return found


def target(document: Document, site: str = "gdrive", position: int = 0) -> Target:
    """The entry of a site in one of a document's files."""
    one = read_representation(document)
    return Target(one.id, one.files[position].ref, site)


def pause(document: Document) -> Edit:
    return Edit(target(document), Wish.PAUSE, "anna")


class DocumentsContract:
    """Documents go in and out as they are."""

    def test_a_document_comes_back_with_every_type_and_in_its_order(self, stores: Stores) -> None:
        store = stores.open()
        document = representation() | {
            "long": Int64(5),
            "short": 5,
            "exact": Decimal128("1.10"),
            "bytes": b"\0\1",
            "binary": Binary(b"abc", 5),
            "uuid": Binary(b"0123456789abcdef", 4),
            "regex": Regex("^a.*", "i"),
            "stamp": Timestamp(7, 1),
            "code": Code("return 1", {"a": 1}),
            "ends": [MinKey(), MaxKey()],
            "ref": DBRef("versions", ObjectId()),
            "when": datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
            "nothing": None,
            "nested": {"z": [[], {}, {"ü": "日本"}], "a": {"b": {"c": [1.5, True]}}},
        }
        store.insert(PROJECT, [document])
        assert stores.as_stored(only(store, document)) == stores.as_stored(document)

    def test_an_edit_leaves_every_other_type_as_it_was(self, stores: Stores) -> None:
        store = stores.open()
        odd = {"long": Int64(5), "exact": Decimal128("1.10"), "binary": Binary(b"abc", 5)}
        document = representation(files=[file() | odd]) | odd
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [pause(document)]) == 1
        expected = representation() | document
        expected["files"][0]["sites"][1] |= {"paused": True, "paused_by": "anna"}  # type: ignore[index]
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)

    def test_a_date_beyond_the_calendar_survives(self, stores: Stores) -> None:
        store = stores.open()
        document = representation()
        document["when"] = stores.farthest_date
        store.insert(PROJECT, [document])
        store.edit(PROJECT, [pause(document)])
        assert only(store, document)["when"] == stores.farthest_date

    def test_ids_of_any_type_are_found_by_their_text(self, stores: Stores) -> None:
        store = stores.open()
        identifiers: list[object] = ["text", 7, 2.5, datetime(2024, 1, 1, tzinfo=UTC), {"a": 1}]
        documents = [representation() | {"_id": identifier} for identifier in identifiers]
        store.insert(PROJECT, documents)
        for identifier in identifiers:
            (found,) = store.read(PROJECT, [str(identifier)] * 2)
            assert found["_id"] == identifier

    def test_a_document_that_exists_already_is_refused_and_none_is_inserted(self, stores: Stores) -> None:
        store = stores.open()
        known, fresh = representation(), representation()
        store.insert(PROJECT, [known])
        with pytest.raises(ValueError, match=str(known["_id"])):
            store.insert(PROJECT, [fresh, known])
        assert store.read(PROJECT, [str(fresh["_id"])]) == []

    def test_two_documents_of_one_id_are_refused(self, stores: Stores) -> None:
        store = stores.open()
        document = representation()
        with pytest.raises(ValueError, match=str(document["_id"])):
            store.insert(PROJECT, [document, document])
        assert store.projects() == []

    def test_one_id_may_stand_in_two_projects(self, stores: Stores) -> None:
        store = stores.open()
        document = representation()
        store.insert(PROJECT, [document])
        store.insert("Other-Show 2.0", [document])
        store.delete(PROJECT, [str(document["_id"])])
        assert stores.as_stored(only(store, document, "Other-Show 2.0")) == stores.as_stored(document)

    def test_a_document_without_id_is_refused(self, stores: Stores) -> None:
        with pytest.raises(ValueError, match="_id"):
            stores.open().insert(PROJECT, [{"type": "representation"}])

    def test_a_deleted_document_is_gone_and_may_come_again(self, stores: Stores) -> None:
        store = stores.open()
        document = representation()
        store.insert(PROJECT, [document])
        store.delete(PROJECT, [str(document["_id"]), "unknown"])
        assert store.read(PROJECT, [str(document["_id"])]) == []
        assert store.projects() == []
        assert list(store.scan(PROJECT)) == []
        store.insert(PROJECT, [document])
        assert stores.as_stored(only(store, document)) == stores.as_stored(document)

    def test_another_store_sees_what_one_has_written(self, stores: Stores) -> None:
        one, other = stores.open(), stores.open()
        assert one.identity == other.identity
        document = representation()
        one.insert(PROJECT, [document])
        assert stores.as_stored(only(other, document)) == stores.as_stored(document)

    def test_projects_are_sorted_and_have_any_name(self, stores: Stores) -> None:
        store = stores.open()
        for name in ("b", "2 fast.show", "Ä-project", "a"):
            store.insert(name, [{"_id": ObjectId(), "type": "asset"}, representation()])
        assert store.projects() == ["2 fast.show", "a", "b", "Ä-project"]

    def test_the_project_document_is_found_among_others(self, stores: Stores) -> None:
        store = stores.open()
        assert store.project_document(PROJECT) is None
        project = {"_id": ObjectId(), "type": "project", "config": {"roots": {"work": {"linux": "/p"}}}}
        store.insert(PROJECT, [representation(), project, {"_id": ObjectId(), "type": "asset"}])
        assert store.project_document(PROJECT) == project

    def test_only_representations_are_scanned_and_read(self, stores: Stores) -> None:
        store = stores.open()
        document = representation()
        version = {"_id": ObjectId(), "type": "version"}
        archived = representation() | {"type": "archived_representation"}
        store.insert(PROJECT, [version, document, archived, {"_id": ObjectId(), "type": 7}])
        assert [one["_id"] for chunk in store.scan(PROJECT) for one in chunk] == [document["_id"]]
        ids = [str(one["_id"]) for one in (version, document, archived)]
        assert [one["_id"] for one in store.read(PROJECT, ids)] == [document["_id"]]

    def test_types_are_told_for_any_document(self, stores: Stores) -> None:
        store = stores.open()
        version = {"_id": ObjectId(), "type": "version"}
        hero = {"_id": ObjectId(), "type": "hero_version"}
        store.insert(PROJECT, [version, hero])
        ids = [str(version["_id"]), str(hero["_id"]), "unknown"]
        assert store.types(PROJECT, ids) == {ids[0]: "version", ids[1]: "hero_version"}

    def test_children_are_those_of_the_type_under_the_parent_without_files(self, stores: Stores) -> None:
        store = stores.open()
        top = {"_id": ObjectId(), "type": "asset", "name": "sh010"}
        null = {"_id": ObjectId(), "type": "asset", "name": "sh020", "parent": None}
        version = {"_id": ObjectId(), "type": "version", "parent": ObjectId()}
        document = representation(parent=version["_id"])  # type: ignore[arg-type]
        store.insert(PROJECT, [top, null, version, document, representation()])
        names = [one["name"] for one in store.children(PROJECT, "asset", None)]
        assert sorted(map(str, names)) == ["sh010", "sh020"]
        (child,) = store.children(PROJECT, "representation", str(version["_id"]))
        assert child == {key: value for key, value in document.items() if key != "files"}
        assert store.children(PROJECT, "version", str(version["_id"])) == []

    def test_a_scan_gives_everything_once_while_others_write(self, stores: Stores) -> None:
        store, writer = stores.open(), stores.open()
        documents = [representation() for _ in range(2500)]
        store.insert(PROJECT, documents)
        seen: list[object] = []
        for chunk in store.scan(PROJECT):
            seen += [one["_id"] for one in chunk]
            writer.edit(PROJECT, [pause(one) for one in chunk[:50]])
            writer.insert(PROJECT, [representation()])
        assert len(seen) == len(set(seen))
        assert {one["_id"] for one in documents} <= set(seen)

    def test_a_closed_store_refuses_every_call(self, stores: Stores) -> None:
        store = stores.open()
        store.close()
        store.close()
        calls: list[Callable[[], object]] = [
            store.projects,
            store.head,
            lambda: store.insert(PROJECT, [representation()]),
            store.workers,
        ]
        for call in calls:
            with pytest.raises(DatabaseUnreachableError, match="closed"):
                call()


class ChangesContract:
    """Nothing that changed is missed, nothing is told twice."""

    def test_nothing_has_changed_after_the_head(self, stores: Stores) -> None:
        store = stores.open()
        store.insert(PROJECT, [representation()])
        head = store.head()
        changes = store.changes(head)
        assert (changes.ids, changes.more, changes.lost) == ({}, False, False)
        assert store.same_place(changes.cursor, head)

    def test_inserts_edits_and_deletions_are_told_by_project(self, stores: Stores) -> None:
        store = stores.open()
        old, gone, fresh, elsewhere = (representation() for _ in range(4))
        untouched = representation()
        store.insert(PROJECT, [old, gone, untouched])
        head = store.head()
        store.edit(PROJECT, [pause(old)])
        store.insert(PROJECT, [fresh])
        store.delete(PROJECT, [str(gone["_id"])])
        store.insert("Other", [elsewhere])
        changes = store.changes(head)
        assert {key: set(value) for key, value in changes.ids.items()} == {
            PROJECT: {str(one["_id"]) for one in (old, fresh, gone)},
            "Other": {str(elsewhere["_id"])},
        }
        assert (changes.more, changes.lost) == (False, False)
        assert store.changes(changes.cursor).ids == {}

    def test_documents_of_other_types_are_not_told(self, stores: Stores) -> None:
        store = stores.open()
        head = store.head()
        version = {"_id": ObjectId(), "type": "version"}
        store.insert(PROJECT, [version])
        store.delete(PROJECT, [str(version["_id"])])
        told = stores.told(store.changes(head))
        if stores.exact_changes:
            assert told == {}
        assert store.read(PROJECT, told.get(PROJECT, [])) == []

    def test_a_document_that_is_no_representation_any_more_is_told(self, stores: Stores) -> None:
        store = stores.open()
        document = representation()
        store.insert(PROJECT, [document])
        head = store.head()
        store.delete(PROJECT, [str(document["_id"])])
        store.insert(PROJECT, [document | {"type": "archived_representation"}])
        assert stores.told(store.changes(head)) == {PROJECT: [str(document["_id"])]}
        assert store.read(PROJECT, [str(document["_id"])]) == []

    def test_an_edit_that_changes_nothing_is_not_told(self, stores: Stores) -> None:
        store = stores.open()
        document = representation()
        store.insert(PROJECT, [document])
        head = store.head()
        assert store.edit(PROJECT, [Edit(target(document), Wish.RESUME)]) == 0
        assert store.changes(head).ids == {}

    def test_many_changes_come_in_portions_without_a_gap(self, stores: Stores) -> None:
        store = stores.open()
        cursor = store.head()
        documents = [representation() for _ in range(25)]
        store.insert(PROJECT, documents)
        seen: list[str] = []
        more = True
        while more:
            changes = store.changes(cursor, limit=10)
            portion = changes.ids[PROJECT]
            assert len(portion) <= 10
            seen += [one for one in portion if stores.exact_changes or one not in seen]
            cursor, more = changes.cursor, changes.more
        assert sorted(seen) == sorted(str(one["_id"]) for one in documents)

    def test_what_another_program_writes_is_told_and_wakes(self, stores: Stores) -> None:
        store = stores.open()
        with other_process("insert", stores.address, PROJECT) as other:
            head = store.head()
            store.wait_for_change(0.0)
            other.say()
            identifier = other.hear()
            assert store.wait_for_change(GENEROUS_S)
            assert stores.told(store.changes(head)) == {PROJECT: [identifier]}

    def test_the_own_writes_wake(self, stores: Stores) -> None:
        store = stores.open()
        while store.wait_for_change(0.0):
            pass
        store.insert(PROJECT, [representation()])
        assert store.wait_for_change(GENEROUS_S)

    def test_a_write_between_two_waits_is_not_missed(self, stores: Stores) -> None:
        store, other = stores.open(), stores.open()
        while store.wait_for_change(0.0):
            pass
        other.insert(PROJECT, [representation()])
        assert store.wait_for_change(0.0 if stores.exact_changes else GENEROUS_S)

    def test_waiting_ends_without_a_change_after_its_time(self, stores: Stores) -> None:
        store = stores.open()
        while store.wait_for_change(0.0):
            pass
        assert not store.wait_for_change(0.3)

    def test_closing_ends_a_wait(self, stores: Stores) -> None:
        store = stores.open()
        while store.wait_for_change(0.0):
            pass
        answers: list[bool] = []
        waiter = threading.Thread(
            target=lambda: answers.append(store.wait_for_change(10 * GENEROUS_S)), name="waiter"
        )
        waiter.start()
        store.close()
        waiter.join(GENEROUS_S)
        assert answers == [False]

    @pytest.mark.parametrize("cursor", ["", "nonsense", "a:b:c", "x:1:99999999999999999999", "0"])
    def test_a_cursor_that_is_none_is_lost(self, stores: Stores, cursor: str) -> None:
        store = stores.open()
        store.insert(PROJECT, [representation()])
        changes = store.changes(cursor)
        assert (changes.ids, changes.lost) == ({}, True)
        assert store.same_place(changes.cursor, store.head())
