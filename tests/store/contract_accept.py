"""What every store must do where a person accepts a file as it is: size, hash and entries follow, in one.

Documents are compared by their bytes: values, types and order.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import cast

import pytest
from bson import Int64

from syncgui.model.edits import Acceptance, Edit, Target, Wish
from syncgui.model.representation import FileRef
from tests.store.contract import PROJECT, Stores, only, target
from tests.store.contract_records import Fields, claim, done
from tests.store.documents import CREATED, file, present, representation, wanted
from tests.store.other_process import join

OLD_BYTES, NEW_BYTES = 4822, 5120
OLD_HASH, NEW_HASH = "a,exr|1592468963,24|4822", "a,exr|1700000000,5|5120"
FAILURE: Fields = {"tries": 3, "error": "x", "last_failed_dt": CREATED, "retry_at": CREATED, "progress": 0.5}


def seen(keeps: tuple[str, ...] = (), recorded_bytes: int = OLD_BYTES) -> Acceptance:
    return Acceptance(recorded_bytes, NEW_BYTES, NEW_HASH, keeps)


def accepting(document: Mapping[str, object], acceptance: Acceptance | None = None) -> Edit:
    one = target(document)
    where = Target(one.representation, one.file, "studio")
    return Edit(where, Wish.ACCEPT, acceptance=acceptance or seen())


def with_file(document: Mapping[str, object], **fields: object) -> Fields:
    """The same document with other fields in its first file, in their places."""
    changed = deepcopy(dict(document))
    cast("list[Fields]", changed["files"])[0].update(fields)
    return changed


def recorded(sites: object, **more: object) -> Fields:
    """A representation of two files; the first has a hash, these sites and whatever else."""
    first = {**file(sites=sites), "hash": OLD_HASH, "theirs": [1, {"a": 2.5}]}
    return representation(files=[{**first, **more}, file()])


class AcceptContract:
    """A file is accepted as it is."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (
                [present("studio"), wanted("gdrive", **FAILURE, priority=90, paused=True, lease="w-x:1")],
                [present("studio"), wanted("gdrive", priority=90, paused=True)],
            ),
            (
                {"studio": {"created_dt": CREATED}, "gdrive": {**FAILURE, "id": "id1"}},
                {"studio": {"created_dt": CREATED}, "gdrive": {"id": "id1"}},
            ),
            (
                {"studio": {"created_dt": CREATED}, "gdrive": None},
                {"studio": {"created_dt": CREATED}, "gdrive": None},
            ),
        ],
        ids=["list", "mapping", "null"],
    )
    def test_the_record_follows_and_the_failure_is_forgotten(
        self, stores: Stores, before: object, after: object
    ) -> None:
        document = recorded(before)
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [accepting(document)]) == 1
        expected = with_file(document, size=NEW_BYTES, hash=NEW_HASH, sites=after)
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)
        assert store.edit(PROJECT, [accepting(document)]) == 0

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (
                [
                    {**present("studio"), "checksum": "xxh3:1", "id": "s"},
                    {**present("gdrive"), "checksum": "md5:2", "id": "id1", "priority": 7},
                    wanted("home", tries=1),
                ],
                [
                    {**present("studio"), "id": "s"},
                    wanted("gdrive", id="id1", priority=7),
                    wanted("home"),
                ],
            ),
            (
                {"studio": {"created_dt": CREATED}, "gdrive": {"created_dt": CREATED, "checksum": "md5:2"}},
                {"studio": {"created_dt": CREATED}, "gdrive": {}},
            ),
        ],
        ids=["list", "mapping"],
    )
    def test_who_has_what_was_recorded_asks_for_it_again(
        self, stores: Stores, before: object, after: object
    ) -> None:
        document = recorded(before)
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [accepting(document)]) == 1
        expected = with_file(document, size=NEW_BYTES, hash=NEW_HASH, sites=after)
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)

    def test_other_names_of_the_same_storage_keep_it(self, stores: Stores) -> None:
        document = recorded([present("studio"), present("nas"), present("gdrive")])
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [accepting(document, seen(keeps=("nas",)))]) == 1
        sites = [present("studio"), present("nas"), wanted("gdrive")]
        expected = with_file(document, size=NEW_BYTES, hash=NEW_HASH, sites=sites)
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)

    def test_names_become_entries_only_where_one_has_to_ask(self, stores: Stores) -> None:
        alone, among = recorded(["studio"]), recorded(["studio", "gdrive"])
        store = stores.open()
        store.insert(PROJECT, [alone, among])
        assert store.edit(PROJECT, [accepting(alone), accepting(among)]) == 2
        expected = with_file(alone, size=NEW_BYTES, hash=NEW_HASH)
        assert stores.as_stored(only(store, alone)) == stores.as_stored(expected)
        published = among["_id"].generation_time  # type: ignore[attr-defined]
        sites = [{"name": "studio", "created_dt": published}, {"name": "gdrive"}]
        expected = with_file(among, size=NEW_BYTES, hash=NEW_HASH, sites=sites)
        assert stores.as_stored(only(store, among)) == stores.as_stored(expected)

    @pytest.mark.parametrize(
        ("old", "new"),
        [(Int64(OLD_BYTES), Int64(NEW_BYTES)), (float(OLD_BYTES), float(NEW_BYTES))],
        ids=["long", "double"],
    )
    def test_a_size_stays_a_number_of_its_kind(self, stores: Stores, old: object, new: object) -> None:
        document = recorded([present("studio"), wanted("gdrive")], size=old)
        del cast("list[Fields]", document["files"])[0]["hash"]
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [accepting(document)]) == 1
        assert stores.as_stored(only(store, document)) == stores.as_stored(with_file(document, size=new))

    @pytest.mark.parametrize(
        ("changed", "acceptance"),
        [
            ({"size": 4823}, seen()),
            ({"size": NEW_BYTES}, seen()),
            ({"size": "4822"}, seen()),
            ({"sites": [wanted("studio"), present("gdrive")]}, seen()),
            ({"sites": [present("gdrive")]}, seen()),
            ({"sites": ["gdrive"]}, seen()),
            ({"sites": 7}, seen()),
            ({}, seen(recorded_bytes=4000)),
            ({"size": NEW_BYTES}, seen(recorded_bytes=NEW_BYTES)),
        ],
    )
    def test_what_is_not_as_the_person_saw_it_stays(
        self, stores: Stores, changed: Fields, acceptance: Acceptance
    ) -> None:
        document = with_file(recorded([present("studio"), wanted("gdrive", tries=1)]), **changed)
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [accepting(document, acceptance)]) == 0
        assert stores.as_stored(only(store, document)) == stores.as_stored(document)

    def test_a_file_that_is_listed_twice_is_accepted_twice(self, stores: Stores) -> None:
        document = recorded([present("studio"), wanted("gdrive")])
        files = cast("list[Fields]", document["files"])
        files[1] = deepcopy(files[0])
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [accepting(document)]) == 1
        expected = with_file(document, size=NEW_BYTES, hash=NEW_HASH)
        cast("list[Fields]", expected["files"])[1].update(size=NEW_BYTES, hash=NEW_HASH)
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)

    def test_a_claim_from_before_records_nothing(self, stores: Stores) -> None:
        document = recorded([present("studio"), wanted("gdrive")])
        store = stores.open()
        join(store, "w-one")
        store.insert(PROJECT, [document])
        claim(store, target(document))
        assert store.edit(PROJECT, [accepting(document)]) == 1
        store.write_results(PROJECT, [done(target(document))])
        expected = with_file(document, size=NEW_BYTES, hash=NEW_HASH)
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)

    def test_an_acceptance_and_another_edit_of_a_neighbour_go_together(self, stores: Stores) -> None:
        document = recorded([present("studio"), wanted("gdrive")])
        second = FileRef(*target(document, position=1).file)
        store = stores.open()
        store.insert(PROJECT, [document])
        other = Edit(Target(str(document["_id"]), second, "gdrive"), Wish.SET_PRIORITY, 7)
        assert store.edit(PROJECT, [accepting(document), other]) == 2
        expected = with_file(document, size=NEW_BYTES, hash=NEW_HASH)
        cast("list[Fields]", expected["files"])[1]["sites"] = [
            present("studio"),
            wanted("gdrive", priority=7),
        ]
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)
