"""What every store must do for whoever carries a whole project away: every document, by its key."""

from __future__ import annotations

from datetime import UTC, datetime

import bson
from bson import ObjectId

from syncgui.model.representation import Document
from syncgui.store.abstract_store import Body, Store
from syncgui.store.bson_documents import OPTIONS
from tests.store.contract import PROJECT, Stores, as_stored
from tests.store.documents import representation


def all_of(store: Store, project: str = PROJECT, after: str = "") -> list[Body]:
    """Every document after a key."""
    return [body for chunk in store.every(project, after) for body in chunk]


def keys_of(store: Store, after: str = "") -> list[str]:
    return [body.key for body in all_of(store, after=after)]


class EveryContract:
    """All documents of all types, whole and in order."""

    def test_documents_of_every_type_come_whole(self, stores: Stores) -> None:
        store = stores.open()
        documents: list[Document] = [
            representation() | {"odd": {"z": 1, "a": [datetime(2024, 1, 1, tzinfo=UTC)]}},
            {"_id": ObjectId(), "type": "version", "data": {"deep": {"files": [1]}}},
            {"_id": ObjectId(), "type": "project", "config": {"roots": {"work": "/w"}}},
            {"_id": ObjectId(), "nothing": None},
        ]
        store.insert(PROJECT, documents)
        store.insert("Other", [representation()])
        found = {one.key: bson.decode(one.bson, OPTIONS) for one in all_of(store)}
        assert {key: as_stored(one) for key, one in found.items()} == {
            str(one["_id"]): as_stored(one) for one in documents
        }

    def test_they_come_sorted_by_the_texts_of_their_ids(self, stores: Stores) -> None:
        store = stores.open()
        odd: list[object] = ["zz", "a", "5", "Z", "é", 7, -1, 2.5, True, datetime(2024, 1, 1, tzinfo=UTC)]
        identifiers = [
            *odd,
            {"a": 1},
            *(ObjectId() for _ in range(5)),
            ObjectId("f" * 24),
            ObjectId("0" * 24),
        ]
        store.insert(PROJECT, [{"_id": one, "type": "version"} for one in identifiers])
        keys = keys_of(store)
        assert keys == sorted(map(str, identifiers))
        for position, key in enumerate(keys):
            assert keys_of(store, after=key) == keys[position + 1 :]

    def test_a_key_that_is_not_there_is_a_place_to_go_on_from_as_well(self, stores: Stores) -> None:
        store = stores.open()
        identifiers = [ObjectId(f"{number:024x}") for number in (1, 0x10, 0xAB)]
        store.insert(PROJECT, [{"_id": one, "type": "version"} for one in identifiers])
        assert keys_of(store, after="0" * 22 + "05") == [str(one) for one in identifiers[1:]]
        assert keys_of(store, after="000 no id") == [
            str(one) for one in identifiers if str(one) > "000 no id"
        ]
        assert keys_of(store, after="zzz") == []

    def test_a_project_of_several_chunks_comes_once_each(self, stores: Stores) -> None:
        store = stores.open()
        store.insert(PROJECT, [{"_id": ObjectId(), "type": "version", "n": n} for n in range(2300)])
        chunks = [len(chunk) for chunk in store.every(PROJECT)]
        assert len(chunks) > 1
        assert max(chunks) <= 1000
        keys = keys_of(store)
        assert len(keys) == len(set(keys)) == 2300

    def test_a_chunk_of_large_documents_stays_small(self, stores: Stores) -> None:
        store = stores.open()
        for _ in range(5):
            store.insert(PROJECT, [{"_id": ObjectId(), "type": "version", "data": b"x" * 3_000_000}])
        assert max(sum(len(one.bson) for one in chunk) for chunk in store.every(PROJECT)) < 12_000_000
        assert len(keys_of(store)) == 5

    def test_what_is_removed_or_added_between_two_chunks_disturbs_nothing(self, stores: Stores) -> None:
        store = stores.open()
        identifiers = [str(ObjectId(f"{number:024x}")) for number in range(1, 2401)]
        store.insert(PROJECT, [{"_id": ObjectId(one), "type": "version"} for one in identifiers])
        chunks = store.every(PROJECT)
        seen = [one.key for one in next(chunks)]
        store.delete(PROJECT, [seen[-1], identifiers[2000]])
        store.insert(PROJECT, [{"_id": ObjectId("f" * 24), "type": "version"}])
        seen += [one.key for chunk in chunks for one in chunk]
        assert len(seen) == len(set(seen))
        assert set(identifiers) - {identifiers[2000]} <= set(seen)

    def test_an_unknown_project_holds_nothing(self, stores: Stores) -> None:
        assert all_of(stores.open(), "Nobody") == []
        assert stores.open().count("Nobody") == 0

    def test_documents_are_counted(self, stores: Stores) -> None:
        store = stores.open()
        documents = [representation() for _ in range(3)]
        store.insert(PROJECT, [*documents, {"_id": ObjectId(), "type": "version"}])
        store.delete(PROJECT, [str(documents[0]["_id"])])
        assert store.count(PROJECT) == 3
