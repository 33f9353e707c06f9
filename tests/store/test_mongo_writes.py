"""Writing to a server on which others write, too: nothing of theirs is lost, nothing of ours is doubled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import TypeAlias, cast

import bson
import pytest
from bson import ObjectId
from pymongo import MongoClient
from pymongo.collection import Collection

from syncgui.model.edits import Claim, Edit, Outcome, Result, Wish, apply_result, find_files
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.representation import Document, read_representation
from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from tests.servers.mongo_server import MongoServer, NamedServer
from tests.store.contract import GENEROUS_S, PROJECT, only, target
from tests.store.contract_accept import NEW_BYTES, NEW_HASH, accepting, recorded, with_file
from tests.store.contract_records import LEASE, claim, done, entry, failed, form_b, form_c
from tests.store.documents import CREATED, file, present, representation, wanted
from tests.store.other_process import join
from tests.store.update_shapes import WATCHED

Fields: TypeAlias = dict[str, object]
TIME_LIMIT = 50  # MaxTimeMSExpired: the driver does not try again by itself
Act: TypeAlias = Callable[[Collection[Fields], Document], object]


@pytest.fixture
def store(mongo_address: str, tmp_path: Path) -> Iterator[Store]:
    """A store that has joined as w-one."""
    opened = open_store(mongo_address, worker_lock_dir=tmp_path / "workers", busy_timeout_s=GENEROUS_S)
    join(opened, "w-one")
    yield opened
    opened.close()


@pytest.fixture
def strangers(mongo_address: str) -> Iterator[Collection[Fields]]:
    """The project's collection as another program has it open."""
    with MongoClient[Fields](mongo_address, tz_aware=True) as client:
        yield client.get_default_database().get_collection(PROJECT)


def set_fields(**fields: object) -> Act:
    """Somebody sets fields of the first file's second entry."""
    names = {f"files.0.sites.1.{name}": value for name, value in fields.items()}
    return lambda project, one: project.update_one({"_id": one["_id"]}, {"$set": names})


def push_a_site(project: Collection[Fields], one: Document) -> None:
    project.update_one({"_id": one["_id"]}, {"$push": {"files.$[].sites": wanted("backup")}})


def reset(project: Collection[Fields], one: Document) -> None:
    project.update_one({"_id": one["_id"]}, {"$set": {"files.$[].sites": form_c()}})


def unset_tries(project: Collection[Fields], one: Document) -> None:
    project.update_one({"_id": one["_id"]}, {"$unset": {"files.$[].sites.$[].tries": ""}})


def remove(project: Collection[Fields], one: Document) -> None:
    project.delete_one({"_id": one["_id"]})


def archive(project: Collection[Fields], one: Document) -> None:
    project.update_one({"_id": one["_id"]}, {"$set": {"type": "archived_representation"}})


def replace(project: Collection[Fields], one: Document) -> None:
    project.replace_one({"_id": one["_id"]}, successor(one))


def successor(one: Document) -> Fields:
    """Another publish under the same id."""
    return {**one, "name": "mov", "files": [file("{root}/other") | {"_id": ObjectId("0" * 24)}]}


class TestBetweenClaimAndRecord:
    """What another program did meanwhile stays."""

    def test_a_site_that_was_pushed_stays(self, store: Store, strangers: Collection[Fields]) -> None:
        document = representation()
        store.insert(PROJECT, [document])
        claim(store, target(document))
        push_a_site(strangers, document)
        (back,) = store.write_results(PROJECT, [done(target(document))])
        assert set(entry(back)) == {"name", "created_dt", "id", "checksum"}
        assert entry(back, "backup") == wanted("backup")

    def test_an_entry_that_was_reset_is_not_recorded(
        self, store: Store, strangers: Collection[Fields]
    ) -> None:
        document = representation()
        store.insert(PROJECT, [document])
        claim(store, target(document))
        reset(strangers, document)
        (back,) = store.write_results(PROJECT, [done(target(document))])
        assert back == document

    @pytest.mark.parametrize("tries", [1, 7])
    def test_tries_that_were_unset_are_counted_anew(
        self, store: Store, strangers: Collection[Fields], tries: int
    ) -> None:
        document = representation(files=[file(sites=form_c(tries=tries))])
        store.insert(PROJECT, [document])
        claim(store, target(document))
        unset_tries(strangers, document)
        (back,) = store.write_results(PROJECT, [failed(target(document), costs_try=True)])
        assert entry(back)["tries"] == 1

    @pytest.mark.parametrize("act", [remove, archive])
    def test_a_document_that_is_gone_is_not_brought_back(
        self, store: Store, strangers: Collection[Fields], act: Act
    ) -> None:
        document, other = representation(), representation()
        store.insert(PROJECT, [document, other])
        claim(store, target(document), target(other))
        act(strangers, document)
        before = strangers.find_one({"_id": document["_id"]})
        (back,) = store.write_results(PROJECT, [done(target(document)), done(target(other))])
        assert "created_dt" in entry(back)
        assert strangers.find_one({"_id": document["_id"]}) == before

    def test_a_document_that_was_replaced_is_left_alone(
        self, store: Store, strangers: Collection[Fields]
    ) -> None:
        document = representation()
        store.insert(PROJECT, [document])
        claim(store, target(document))
        replace(strangers, document)
        assert store.write_results(PROJECT, [done(target(document))]) == [successor(document)]


@pytest.mark.parametrize("form", [form_b, form_c])
class TestDuringARecord:
    """Where entries are written as they were read, somebody may come in between."""

    def test_a_field_that_came_meanwhile_stays(
        self, store: Store, strangers: Collection[Fields], form: Callable[..., object]
    ) -> None:
        # Odd tries are not counted on blindly: the entry is read first.
        document = representation(files=[file(sites=form(tries="two"))])
        store.insert(PROJECT, [document])
        claim(store, target(document))
        path = "files.0.sites.gdrive.theirs" if form is form_b else "files.0.sites.1.theirs"
        WATCHED.before_next(
            "update", lambda: strangers.update_one({"_id": document["_id"]}, {"$inc": {path: 1}}), times=3
        )
        (back,) = store.write_results(PROJECT, [failed(target(document), costs_try=True)])
        assert entry(back)["theirs"] == 3
        assert (entry(back)["tries"], "lease" in entry(back)) == (1, False)


class TestDuringAnEdit:
    """Between our reading and our writing."""

    @pytest.mark.parametrize(
        ("act", "expected"),
        [
            (push_a_site, [*form_c(tries=2, paused=True, paused_by="anna"), wanted("backup")]),
            (reset, form_c(paused=True, paused_by="anna")),
            (unset_tries, form_c(paused=True, paused_by="anna")),
            (set_fields(priority=7), form_c(tries=2, priority=7, paused=True, paused_by="anna")),
        ],
    )
    def test_what_others_changed_stays_and_the_edit_is_made(
        self, store: Store, strangers: Collection[Fields], act: Act, expected: object
    ) -> None:
        document = representation(files=[file(sites=form_c(tries=2))])
        store.insert(PROJECT, [document])
        WATCHED.before_next("update", lambda: act(strangers, document))
        assert store.edit(PROJECT, [Edit(target(document), Wish.PAUSE, "anna")]) == 1
        (found,) = read_representation(only(store, document)).files
        assert cast("list[Fields]", only(store, document)["files"])[0]["sites"] == expected
        assert found.entries["gdrive"].paused

    @pytest.mark.parametrize("act", [remove, archive, replace])
    def test_a_document_that_goes_is_not_counted(
        self, store: Store, strangers: Collection[Fields], act: Act
    ) -> None:
        document = representation()
        store.insert(PROJECT, [document])
        WATCHED.before_next("update", lambda: act(strangers, document))
        assert store.edit(PROJECT, [Edit(target(document), Wish.PAUSE, "anna")]) == 0
        left: dict[Act, Document | None] = {
            remove: None,
            archive: document | {"type": "archived_representation"},
            replace: successor(document),
        }
        assert strangers.find_one({"_id": document["_id"]}) == left[act]

    @pytest.mark.parametrize("sites", [[present("studio")], {"studio": {"created_dt": CREATED}}, ["studio"]])
    def test_a_site_that_somebody_else_adds_is_not_doubled(
        self, store: Store, strangers: Collection[Fields], sites: object
    ) -> None:
        document = representation(files=[file(sites=sites)])
        added = form_b() if isinstance(sites, dict) else form_c()
        store.insert(PROJECT, [document])
        WATCHED.before_next(
            "update",
            lambda: strangers.update_one({"_id": document["_id"]}, {"$set": {"files.0.sites": added}}),
        )
        assert store.edit(PROJECT, [Edit(target(document), Wish.ADD)]) == 0
        assert cast("list[Fields]", only(store, document)["files"])[0]["sites"] == added

    def test_who_is_overtaken_again_and_again_gives_up_and_says_so(
        self, store: Store, strangers: Collection[Fields], caplog: pytest.LogCaptureFixture
    ) -> None:
        document, other = representation(files=[file(sites=form_c(theirs=0))]), representation()
        store.insert(PROJECT, [document, other])
        more = {"$inc": {"files.0.sites.1.theirs": 1}}
        WATCHED.before_next("update", lambda: strangers.update_one({"_id": document["_id"]}, more), times=99)
        edits = [Edit(target(one), Wish.PAUSE, "anna") for one in (document, other)]
        with caplog.at_level(logging.WARNING):
            assert store.edit(PROJECT, edits) == 1
        assert "paused" not in entry(only(store, document))
        assert entry(only(store, other))["paused"] is True
        assert "could not be changed" in caplog.text

    def test_what_others_changed_in_a_file_that_is_accepted_stays(
        self, store: Store, strangers: Collection[Fields]
    ) -> None:
        document = recorded(form_c(tries=2))
        store.insert(PROJECT, [document])
        theirs = {"$set": {"files.0.theirs": "new", "files.0.sites.1.priority": 7}}
        WATCHED.before_next("update", lambda: strangers.update_one({"_id": document["_id"]}, theirs))
        assert store.edit(PROJECT, [accepting(document)]) == 1
        changed = {"size": NEW_BYTES, "hash": NEW_HASH, "theirs": "new", "sites": form_c(priority=7)}
        assert only(store, document) == with_file(document, **changed)

    def test_a_file_whose_size_somebody_else_records_meanwhile_is_not_accepted(
        self, store: Store, strangers: Collection[Fields]
    ) -> None:
        document = recorded(form_c(tries=2))
        store.insert(PROJECT, [document])
        theirs = {"$set": {"files.0.size": 7}}
        WATCHED.before_next("update", lambda: strangers.update_one({"_id": document["_id"]}, theirs))
        assert store.edit(PROJECT, [accepting(document)]) == 0
        assert only(store, document) == with_file(document, size=7)


class TestManyFiles:
    """One update for many files of a document."""

    def test_a_document_of_a_thousand_files_is_claimed_and_recorded_in_few_writes(self, store: Store) -> None:
        document = representation(files=[file(f"{{root}}/v001.{number:04}.exr") for number in range(1000)])
        store.insert(PROJECT, [document])
        files = read_representation(document).files
        claims = [Claim(target(document, position=at), f"w-one:{at}") for at in range(len(files))]
        (back,) = store.claim(PROJECT, claims)
        assert [entry(back, position=at)["lease"] for at in range(1000)] == [one.lease for one in claims]
        for first in range(0, 1000, 256):  # as many as the engine records at once
            results = [done(one.target, one.lease) for one in claims[first : first + 256]]
            (back,) = store.write_results(PROJECT, results)
        assert all("created_dt" in entry(back, position=at) for at in range(1000))
        assert len(WATCHED.updates) <= 6

    def test_a_file_of_its_own_costs_one_write_for_the_claim_and_one_for_the_record(
        self, store: Store
    ) -> None:
        documents = [representation(files=[file(), file("{root}/b")]) for _ in range(20)]
        store.insert(PROJECT, documents)
        targets = [target(one, position=at) for one in documents for at in (0, 1)]
        claim(store, *targets)
        store.write_results(PROJECT, [done(one) for one in targets])
        assert len(WATCHED.updates) == 40

    def test_keyed_entries_of_one_document_are_claimed_together(self, store: Store) -> None:
        document = representation(files=[file(f"{{root}}/{at}", sites=form_b()) for at in range(50)])
        store.insert(PROJECT, [document])
        (back,) = claim(store, *(target(document, position=at) for at in range(50)))
        assert all(entry(back, position=at)["lease"] == LEASE for at in range(50))
        assert len(WATCHED.updates) == 2


class TestOddContent:
    """No document is so odd that its neighbours, or its other files, suffer."""

    @pytest.mark.parametrize("tries", [None, "two", 2.5, -1, True, [3], {"a": 1}, float("nan"), 2**40])
    @pytest.mark.parametrize("costs_try", [True, False])
    def test_odd_tries_are_counted_as_they_are_read(
        self, store: Store, tries: object, *, costs_try: bool
    ) -> None:
        document = representation(files=[file(sites=form_c(tries=tries)), file("{root}/b")])
        store.insert(PROJECT, [document])
        both = [target(document), target(document, position=1)]
        (claimed,) = claim(store, *both)
        results = [failed(one, costs_try=costs_try) for one in both]
        (back,) = store.write_results(PROJECT, results)
        expected = deepcopy(dict(claimed))
        for one in results:
            for meant in find_files(expected, one.target.file):
                apply_result(meant, one, CREATED, None)
        for at in (0, 1):
            assert str(entry(back, position=at).get("tries")) == str(
                entry(expected, position=at).get("tries")
            )
            assert "lease" not in entry(back, position=at)

    def test_lists_where_mappings_should_be_are_passed_over(self, store: Store) -> None:
        odd = [[file("{root}/a")], file("{root}/a", sites=[[wanted("gdrive")], 7, None, wanted("gdrive")])]
        document = representation() | {"files": odd}
        store.insert(PROJECT, [document])
        (back,) = claim(store, target(document))
        expected = deepcopy(odd)
        expected[1]["sites"][3]["lease"] = LEASE  # type: ignore[index]
        assert back["files"] == expected
        (back,) = store.write_results(PROJECT, [Result(target(document), LEASE, Outcome.RELEASED)])
        assert back["files"] == odd

    @pytest.mark.parametrize("form", [form_b, form_c])
    def test_an_odd_lease_is_nobodys(self, store: Store, form: Callable[..., object]) -> None:
        document = representation(files=[file(sites=form(lease=7))])
        store.insert(PROJECT, [document])
        assert entry(claim(store, target(document))[0])["lease"] == LEASE

    def test_a_document_that_can_not_grow_hinders_no_other(self, store: Store) -> None:
        full, good = representation(), representation()
        store.insert(PROJECT, [good])
        full["data"] = {"filling": "x" * (16 * 1024 * 1024 - 700)}
        room = 16 * 1024 * 1024 - len(bson.encode(full)) - 10
        full["data"] = {"filling": "x" * (16 * 1024 * 1024 - 700 + room)}
        store.insert(PROJECT, [full])
        documents = {one["_id"]: one for one in claim(store, target(full), target(good))}
        assert "lease" not in entry(documents[full["_id"]])
        assert entry(documents[good["_id"]])["lease"] == LEASE

    def test_keyed_entries_beside_odd_ones_are_written_alone(self, store: Store) -> None:
        sites = {"studio": 7, "a.b": {}, "$c": None, "": {"x": 1}, "gdrive": {"z": 1, "a": 2}}
        document = representation(files=[file(sites=sites)])
        store.insert(PROJECT, [document])
        (back,) = claim(store, target(document))
        expected = sites | {"gdrive": {"z": 1, "a": 2, "lease": LEASE}}
        (found,) = cast("list[Fields]", back["files"])
        assert list(cast("Fields", found["sites"]).items()) == list(expected.items())

    @pytest.mark.parametrize("identifier", [5, 5.5, "5", "0" * 24, "A" * 24, {"a": 1}, None, True])
    def test_a_file_is_found_by_an_id_of_any_type(self, store: Store, identifier: object) -> None:
        document = representation(
            files=[file() | {"_id": identifier}, file("{root}/b") | {"_id": identifier}]
        )
        store.insert(PROJECT, [document])
        (back,) = claim(store, target(document, position=1))
        assert [entry(back, position=at).get("lease") for at in (0, 1)] == [None, LEASE]
        (back,) = store.write_results(PROJECT, [done(target(document, position=1))])
        assert ["created_dt" in entry(back, position=at) for at in (0, 1)] == [False, True]


class TestOutages:
    """A server in trouble is not a document in trouble."""

    @pytest.fixture
    def failing(self, mongo_server: MongoServer | NamedServer, mongo_address: str) -> Callable[..., None]:
        if isinstance(mongo_server, NamedServer):
            pytest.skip("a server that is named can not be told to fail")
        database = mongo_address.rpartition("/")[2]

        def fail(command: str) -> None:
            mongo_server.fail([command], TIME_LIMIT, namespace=f"{database}.{PROJECT}")

        return fail

    def test_a_claim_that_takes_too_long_is_told_and_may_be_given_back(
        self, store: Store, failing: Callable[..., None]
    ) -> None:
        document = representation()
        store.insert(PROJECT, [document])
        failing("update")
        with pytest.raises(DatabaseUnreachableError):
            claim(store, target(document))
        (back,) = store.write_results(PROJECT, [Result(target(document), LEASE, Outcome.RELEASED)])
        assert back == document

    def test_a_read_back_that_fails_leaves_what_was_recorded(
        self, store: Store, failing: Callable[..., None]
    ) -> None:
        document = representation()
        store.insert(PROJECT, [document])
        claim(store, target(document))
        failing("find")
        with pytest.raises(DatabaseUnreachableError):
            store.write_results(PROJECT, [done(target(document))])
        recorded = only(store, document)
        assert "created_dt" in entry(recorded)
        assert store.write_results(PROJECT, [done(target(document))]) == [recorded]

    def test_a_record_that_no_majority_has_confirmed_is_told_and_may_be_done_again(
        self, store: Store, mongo_server: MongoServer | NamedServer
    ) -> None:
        if isinstance(mongo_server, NamedServer):
            pytest.skip("a server that is named can not be told to fail")
        document = representation()
        store.insert(PROJECT, [document])
        claim(store, target(document))
        mongo_server.leave_unconfirmed(["update"])
        with pytest.raises(DatabaseUnreachableError, match="in time"):
            store.write_results(PROJECT, [done(target(document))])
        (again,) = store.write_results(PROJECT, [done(target(document))])
        assert "created_dt" in entry(again)
        assert "lease" not in entry(again)


class TestInsertAndDelete:
    """Documents of any type."""

    def test_an_id_that_somebody_adds_meanwhile_is_refused_and_none_of_ours_is_added(
        self, store: Store, strangers: Collection[Fields]
    ) -> None:
        documents = [representation() for _ in range(3)]
        theirs: Fields = {"_id": documents[1]["_id"], "type": "asset"}
        WATCHED.before_next("insert", lambda: strangers.insert_one(theirs))
        with pytest.raises(ValueError, match=str(documents[1]["_id"])):
            store.insert(PROJECT, documents)
        assert list(strangers.find()) == [theirs]

    def test_a_document_that_is_too_large_is_refused(
        self, store: Store, strangers: Collection[Fields]
    ) -> None:
        large = representation() | {"data": "x" * 16 * 1024 * 1024}
        with pytest.raises(ValueError, match=f"{large['_id']} can not be stored"):
            store.insert(PROJECT, [representation(), large])
        assert strangers.count_documents({}) == 0

    def test_an_id_that_no_server_takes_is_refused(self, store: Store, strangers: Collection[Fields]) -> None:
        with pytest.raises(ValueError, match="can not be stored"):
            store.insert(PROJECT, [representation(), representation() | {"_id": [1]}])
        assert strangers.count_documents({}) == 0

    def test_documents_are_removed_by_ids_of_any_type(
        self, store: Store, strangers: Collection[Fields]
    ) -> None:
        for identifier in (ObjectId(), "text", 7, {"a": 1}):
            strangers.insert_many([{"_id": identifier, "type": "version"}, {"_id": "kept"}])
            store.delete(PROJECT, [str(identifier), "unknown"])
            assert list(strangers.find()) == [{"_id": "kept"}]
            store.delete(PROJECT, ["kept"])
