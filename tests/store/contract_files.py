"""What every store must do: a reference means one file of a document, and no other is written.

An `_id` is not enough: odd documents hold it twice, and the second file must never be recorded as
present because the first was moved (P1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from bson import ObjectId

from syncgui.model.edits import Claim, Edit, Target, Wish
from syncgui.model.representation import Document, FileRef
from tests.store.contract import PROJECT, Stores, only, target
from tests.store.contract_records import (
    LEASE,
    Fields,
    claim,
    done,
    entry,
    failed,
    form_c,
    record,
    with_sites,
    worker,
)
from tests.store.documents import file, representation

OTHER_LEASE = "w-one:2"


def with_id(identifier: object, *paths: str) -> Fields:
    """A representation whose files all have one `_id`; None: none has any."""
    files = [file(path=path) for path in paths]
    for one in files:
        del one["_id"]
        if identifier is not None:
            one["_id"] = identifier
    return representation(files=files)


def recorded(document: Document, position: int = 0) -> list[Fields]:
    """The `sites` of a file that was just moved."""
    time = entry(document, position=position)["created_dt"]
    return form_c(created_dt=time, id="id7", checksum="xxh3:00ff")


def leases(documents: Sequence[Mapping[str, object]], files: int = 2) -> list[object]:
    """The leases of the files of the one document."""
    (document,) = documents
    return [entry(document, position=position).get("lease") for position in range(files)]


class FilesContract:
    """Which file is meant."""

    def test_two_files_with_one_id_are_claimed_at_once_each_with_its_own_lease(self, stores: Stores) -> None:
        document = with_id(ObjectId(), "{root}/a", "{root}/b")
        store = worker(stores, document)
        claims = [Claim(target(document), LEASE), Claim(target(document, position=1), OTHER_LEASE)]
        assert leases(store.claim(PROJECT, claims)) == [LEASE, OTHER_LEASE]

    @pytest.mark.parametrize("position", [0, 1])
    def test_a_claim_of_one_of_two_files_with_one_id_leaves_the_other_free(
        self, stores: Stores, position: int
    ) -> None:
        document = with_id(ObjectId(), "{root}/a", "{root}/b")
        store = worker(stores, document)
        found = leases(claim(store, target(document, position=position)))
        assert found == ([LEASE, None] if position == 0 else [None, LEASE])

    def test_recording_one_of_two_files_with_one_id_leaves_the_other(self, stores: Stores) -> None:
        document = with_id(ObjectId(), "{root}/a", "{root}/b")
        store = worker(stores, document)
        claim(store, target(document), target(document, position=1))  # under one lease
        back = record(store, done(target(document)))
        expected = with_sites(document, recorded(back), form_c(lease=LEASE))
        assert stores.as_stored(back) == stores.as_stored(expected)

    def test_a_failure_of_one_of_two_files_with_one_id_is_not_the_others(self, stores: Stores) -> None:
        document = with_id(ObjectId(), "{root}/a", "{root}/b")
        store = worker(stores, document)
        claim(store, target(document), target(document, position=1))
        back = record(store, failed(target(document, position=1), costs_try=True))
        assert entry(back) == {"name": "gdrive", "lease": LEASE}
        assert entry(back, position=1)["tries"] == 1

    def test_an_edit_of_one_of_two_files_with_one_id_leaves_the_other(self, stores: Stores) -> None:
        document = with_id(ObjectId(), "{root}/a", "{root}/b")
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [Edit(target(document, position=1), Wish.SET_PRIORITY, 7)]) == 1
        expected = with_sites(document, form_c(), form_c(priority=7))
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)

    def test_ids_of_other_types_with_one_text_are_told_apart_by_their_path(self, stores: Stores) -> None:
        files = [file(path="{root}/a") | {"_id": 5}, file(path="{root}/b") | {"_id": "5"}]
        document = representation(files=files)
        store = worker(stores, document)
        claim(store, target(document), target(document, position=1))
        back = record(store, done(target(document, position=1)))
        expected = with_sites(document, form_c(lease=LEASE), recorded(back, position=1))
        assert stores.as_stored(back) == stores.as_stored(expected)

    @pytest.mark.parametrize("identifier", [ObjectId(), None])
    def test_one_file_listed_twice_is_claimed_and_recorded_together(
        self, stores: Stores, identifier: object
    ) -> None:
        document = with_id(identifier, "{root}/a", "{root}/a")
        store = worker(stores, document)
        assert leases(claim(store, target(document))) == [LEASE, LEASE]
        back = record(store, done(target(document)))
        assert stores.as_stored(back) == stores.as_stored(
            with_sites(document, recorded(back), recorded(back, position=1))
        )

    def test_a_path_that_is_not_the_files_own_claims_nothing(self, stores: Stores) -> None:
        document = representation()
        store = worker(stores, document)
        one = target(document)
        (back,) = claim(store, Target(one.representation, FileRef(one.file.id, "{root}/b"), "gdrive"))
        assert stores.as_stored(back) == stores.as_stored(document)

    def test_an_id_with_an_empty_path_means_every_path_with_that_id(self, stores: Stores) -> None:
        document = with_id(ObjectId(), "{root}/a", "{root}/b")
        store = worker(stores, document)
        one = target(document)
        anywhere = Target(one.representation, FileRef(one.file.id, ""), "gdrive")
        assert leases(claim(store, anywhere)) == [LEASE, LEASE]

    def test_a_file_whose_path_is_empty_takes_no_other_with_it(self, stores: Stores) -> None:
        document = with_id(ObjectId(), "", "{root}/b")
        store = worker(stores, document)
        claims = [Claim(target(document), LEASE), Claim(target(document, position=1), OTHER_LEASE)]
        assert leases(store.claim(PROJECT, claims)) == [LEASE, OTHER_LEASE]

    def test_a_file_without_id_is_found_by_its_path(self, stores: Stores) -> None:
        document = with_id(None, "{root}/a", "{root}/b")
        store = worker(stores, document)
        claim(store, target(document, position=1))
        back = record(store, done(target(document, position=1)))
        expected = with_sites(document, form_c(), recorded(back, position=1))
        assert stores.as_stored(back) == stores.as_stored(expected)

    def test_a_file_with_an_id_is_not_that_of_its_path_alone(self, stores: Stores) -> None:
        without_id = file(path="{root}/a")
        del without_id["_id"]
        document = representation(files=[file(path="{root}/a"), without_id])
        store = worker(stores, document)
        assert leases(claim(store, target(document, position=1))) == [None, LEASE]
