"""What every store must do: claims, results and edits change their entry and nothing else (P7).

Documents are compared by their bytes: values, types and order. Times are the store's own, so the
expected document takes them from what was read back, after a look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, cast

import pytest
from bson import Int64

from syncgui.model.edits import Claim, Edit, Outcome, Result, Target, Wish
from syncgui.model.representation import Document
from syncgui.store.abstract_store import Store
from tests.store.contract import PROJECT, Stores, as_stored, only, target
from tests.store.documents import CREATED, file, present, representation, wanted
from tests.store.other_process import join

LEASE = "w-one:1"
Fields: TypeAlias = dict[str, object]


def form_b(**gdrive: object) -> Fields:
    return {"studio": {"created_dt": CREATED}, "gdrive": dict(gdrive)}


def form_c(**gdrive: object) -> list[Fields]:
    return [present("studio"), wanted("gdrive", **gdrive)]


FORMS: list[Callable[..., object]] = [form_b, form_c]


def with_sites(document: Mapping[str, object], *sites: object) -> Fields:
    """The same document with other `sites` in its files, the first first."""
    changed = deepcopy(dict(document))
    for one, other in zip(cast("list[Fields]", changed["files"]), sites, strict=False):
        one["sites"] = other
    return changed


def entry(document: Document, site: str = "gdrive", position: int = 0) -> Fields:
    """The first entry of a site, in whatever form."""
    sites = cast("list[Fields]", document["files"])[position]["sites"]
    if isinstance(sites, dict):
        return cast("Fields", sites[site])
    return next(one for one in cast("list[Fields]", sites) if one.get("name") == site)


def worker(stores: Stores, *documents: Document) -> Store:
    """A store that has joined, with documents."""
    store = stores.open()
    join(store, "w-one")
    store.insert(PROJECT, documents)
    return store


def claim(store: Store, *targets: Target) -> list[Document]:
    return store.claim(PROJECT, [Claim(one, LEASE) for one in targets])


def done(one: Target, lease: str = LEASE) -> Result:
    return Result(one, lease, Outcome.DONE, provider_id="id7", checksum="xxh3:00ff")


def failed(one: Target, *, costs_try: bool, retry_after_s: float | None = None) -> Result:
    return Result(
        one, LEASE, Outcome.FAILED, error="It broke", costs_try=costs_try, retry_after_s=retry_after_s
    )


def record(store: Store, *results: Result) -> Document:
    """Write results of one document; the read-back, which is also what the store has now."""
    (back,) = store.write_results(PROJECT, results)
    assert as_stored(back) == as_stored(only(store, back))
    return back


def is_a_time_of_now(value: object) -> bool:
    return (
        isinstance(value, datetime) and value.tzinfo is not None and value > datetime(2024, 6, 1, tzinfo=UTC)
    )


class ClaimsAndResultsContract:
    """Claim and record."""

    @pytest.mark.parametrize("form", FORMS)
    def test_a_claim_sets_the_lease_and_nothing_else(
        self, stores: Stores, form: Callable[..., object]
    ) -> None:
        document = representation(files=[file(sites=form(priority=90, tries=1)), file()])
        store = worker(stores, document)
        (back,) = claim(store, target(document))
        expected = with_sites(document, form(priority=90, tries=1, lease=LEASE))
        assert stores.as_stored(back) == stores.as_stored(expected) == stores.as_stored(only(store, document))

    @pytest.mark.parametrize("form", FORMS)
    def test_success_leaves_a_clean_entry(self, stores: Stores, form: Callable[..., object]) -> None:
        stray = {"progress": 100, "error": "old", "tries": 2, "last_failed_dt": CREATED, "retry_at": CREATED}
        document = representation(files=[file(sites=form(**stray, priority=90, theirs={"a": 1})), file()])
        store = worker(stores, document)
        claim(store, target(document))
        back = record(store, done(target(document)))
        time = entry(back)["created_dt"]
        assert is_a_time_of_now(time)
        expected = form(priority=90, theirs={"a": 1}, created_dt=time, id="id7", checksum="xxh3:00ff")
        assert stores.as_stored(back) == stores.as_stored(with_sites(document, expected))

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize(("costs_try", "tries"), [(True, 3), (False, 2)])
    def test_failure_says_why_and_counts_if_the_file_is_at_fault(
        self, stores: Stores, form: Callable[..., object], costs_try: bool, tries: int
    ) -> None:
        document = representation(files=[file(sites=form(tries=2, progress=""))])
        store = worker(stores, document)
        claim(store, target(document))
        back = record(store, failed(target(document), costs_try=costs_try, retry_after_s=30.0))
        time, retry_at = entry(back)["last_failed_dt"], entry(back)["retry_at"]
        assert is_a_time_of_now(time)
        # A server takes the one from its clock as it writes, the other is counted from what it said before.
        wait = cast("datetime", retry_at) - cast("datetime", time)
        assert timedelta(seconds=25) < wait < timedelta(seconds=35)
        expected = form(
            tries=tries,
            error="It broke",
            last_failed_dt=time,
            retry_at=retry_at,
        )
        assert stores.as_stored(back) == stores.as_stored(with_sites(document, expected))

    def test_a_first_failure_without_a_try_leaves_no_tries(self, stores: Stores) -> None:
        document = representation()
        store = worker(stores, document)
        claim(store, target(document))
        back = record(store, failed(target(document), costs_try=False))
        assert set(entry(back)) == {"name", "error", "last_failed_dt"}

    @pytest.mark.parametrize("form", FORMS)
    def test_a_release_gives_the_entry_back(self, stores: Stores, form: Callable[..., object]) -> None:
        document = representation(files=[file(sites=form(tries=1, error="old"))])
        store = worker(stores, document)
        claim(store, target(document))
        back = record(store, Result(target(document), LEASE, Outcome.RELEASED))
        assert stores.as_stored(back) == stores.as_stored(document)

    @pytest.mark.parametrize("form", FORMS)
    def test_progress_is_written_where_the_lease_is_ours_and_stays_it(
        self, stores: Stores, form: Callable[..., object]
    ) -> None:
        document = representation(files=[file(sites=form(tries=2, error="old", priority=90)), file()])
        store = worker(stores, document)
        claim(store, target(document))
        for share in (0.25, 0.5):
            moving = Result(target(document), LEASE, Outcome.MOVING, progress=share)
            back = record(store, moving)
            expected = form(tries=2, error="old", priority=90, lease=LEASE, progress=share)
            assert stores.as_stored(back) == stores.as_stored(with_sites(document, expected))
        back = record(store, done(target(document)))
        assert not {"lease", "progress"} & set(entry(back))

    @pytest.mark.parametrize("form", FORMS)
    def test_progress_of_another_lease_is_not_written(
        self, stores: Stores, form: Callable[..., object]
    ) -> None:
        for before in (form(lease="w-two:1"), form(), form(created_dt=CREATED)):
            document = representation(files=[file(sites=before)])
            store = worker(stores, document)
            back = record(store, Result(target(document), LEASE, Outcome.MOVING, progress=0.5))
            assert stores.as_stored(back) == stores.as_stored(document)
            store.close()

    def test_names_claim_nothing(self, stores: Stores) -> None:
        document = representation(files=[file(sites=["studio", "gdrive"]), file(sites=["studio"])])
        store = worker(stores, document)
        one = target(document, "studio")
        (back,) = claim(store, one, Target(one.representation, one.file, "gdrive"))
        assert stores.as_stored(back) == stores.as_stored(document)

    def test_a_missing_entry_claims_nothing(self, stores: Stores) -> None:
        document = representation()
        store = worker(stores, document)
        (back,) = claim(store, target(document, "nowhere"))
        assert stores.as_stored(back) == stores.as_stored(document)

    @pytest.mark.parametrize("form", FORMS)
    def test_a_file_that_is_there_claims_nothing(self, stores: Stores, form: Callable[..., object]) -> None:
        document = representation(files=[file(sites=form(created_dt=CREATED))])
        store = worker(stores, document)
        (back,) = claim(store, target(document))
        assert stores.as_stored(back) == stores.as_stored(document)

    def test_a_created_dt_of_null_is_a_wish(self, stores: Stores) -> None:
        document = representation(files=[file(sites=form_c(created_dt=None))])
        store = worker(stores, document)
        claim(store, target(document))
        assert is_a_time_of_now(entry(record(store, done(target(document))))["created_dt"])

    def test_doubled_entries_are_claimed_and_recorded_together(self, stores: Stores) -> None:
        twice = [wanted("gdrive", tries=1), present("studio"), wanted("gdrive")]
        document = representation(files=[file(sites=twice)])
        store = worker(stores, document)
        claim(store, target(document))
        back = record(store, done(target(document)))
        after = {"created_dt": entry(back)["created_dt"], "id": "id7", "checksum": "xxh3:00ff"}
        expected = [wanted("gdrive", **after), present("studio"), wanted("gdrive", **after)]
        assert stores.as_stored(back) == stores.as_stored(with_sites(document, expected))

    def test_doubled_entries_of_which_one_is_there_claim_nothing(self, stores: Stores) -> None:
        document = representation(files=[file(sites=[wanted("gdrive"), present("gdrive")])])
        store = worker(stores, document)
        (back,) = claim(store, target(document))
        assert stores.as_stored(back) == stores.as_stored(document)

    def test_an_entry_of_null_in_a_mapping_is_a_wish(self, stores: Stores) -> None:
        document = representation(files=[file(sites={"studio": {"created_dt": CREATED}, "gdrive": None})])
        store = worker(stores, document)
        (back,) = claim(store, target(document))
        assert stores.as_stored(back) == stores.as_stored(with_sites(document, form_b(lease=LEASE)))

    def test_a_mapping_becomes_a_list_for_a_name_with_a_dot(self, stores: Stores) -> None:
        sites = {"studio": {"created_dt": CREATED, "theirs": 1}, "my.site": {"tries": Int64(1)}}
        document = representation(files=[file(sites=sites), file(sites=sites)])
        store = worker(stores, document)
        (back,) = claim(store, target(document, "my.site"))
        expected = [
            {"name": "studio", "created_dt": CREATED, "theirs": 1},
            {"name": "my.site", "tries": Int64(1), "lease": LEASE},
        ]
        assert stores.as_stored(back) == stores.as_stored(with_sites(document, expected))

    def test_another_lease_is_left_alone(self, stores: Stores) -> None:
        document = representation()
        store = worker(stores, document)
        (claimed,) = claim(store, target(document))
        head = store.head()
        back = record(store, done(target(document), "w-one:2"))
        assert stores.as_stored(back) == stores.as_stored(claimed)
        assert store.changes(head).ids == {}

    def test_results_of_one_document_are_one_change(self, stores: Stores) -> None:
        document = representation(files=[file() for _ in range(50)])
        store = worker(stores, document)
        targets = [target(document, position=number) for number in range(50)]
        claim(store, *targets)
        head = store.head()
        record(store, *map(done, targets))
        assert stores.told(store.changes(head)) == {PROJECT: [str(document["_id"])]}
        assert "created_dt" in entry(only(store, document), position=49)

    def test_unknown_documents_and_files_are_passed_over(self, stores: Stores) -> None:
        document, gone = representation(), representation()
        store = worker(stores, document)
        elsewhere = Target(target(document).representation, target(gone).file, "gdrive")
        back = claim(store, target(gone), elsewhere, target(document))
        assert [one["_id"] for one in back] == [document["_id"]]
        assert entry(back[0])["lease"] == LEASE

    def test_an_odd_document_hinders_no_other(self, stores: Stores) -> None:
        good, bad = representation(), representation()
        odd = representation(files=[file(sites=form_c(tries=Int64(2**63 - 1))), file()])
        store = worker(stores, bad, odd, good)
        store.delete(PROJECT, [str(bad["_id"])])
        store.insert(PROJECT, [bad | {"files": ["text", None, {"path": 7}, {"sites": 7}]}])
        results = [target(one) for one in (bad, odd, good)]
        claim(store, *results)
        store.write_results(PROJECT, [failed(one, costs_try=True) for one in results])
        assert entry(only(store, good))["tries"] == 1

    def test_a_document_near_the_limit_does_without_the_checksum(self, stores: Stores) -> None:
        document = representation()
        document["data"] = {"filling": ""}
        # Time and id take 33 bytes more, a checksum 24.
        document["data"] = {"filling": "x" * (16 * 1024 * 1024 - len(stores.as_stored(document)) - 50)}
        store = worker(stores, document)
        claim(store, target(document))
        back = record(store, done(target(document)))
        assert set(entry(back)) == {"name", "created_dt", "id"}


class EditsContract:
    """What a person asks for."""

    def edited(self, stores: Stores, before: object, wish: Wish, value: str | int | None = None) -> Document:
        """A document after one edit of its gdrive entry, which must have changed it."""
        document = representation(files=[file(sites=before), file()])
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [Edit(target(document), wish, value)]) == 1
        found = only(store, document)
        assert stores.as_stored(found) == stores.as_stored(
            with_sites(document, cast("list[Fields]", found["files"])[0]["sites"])
        )
        return found

    @pytest.mark.parametrize("form", FORMS)
    def test_retry_forgets_the_failure_and_keeps_the_rest(
        self, stores: Stores, form: Callable[..., object]
    ) -> None:
        failure = {"tries": 3, "error": "x", "last_failed_dt": CREATED, "retry_at": CREATED, "progress": 0.5}
        kept = {"priority": 90, "paused": True, "id": "id1", "theirs": [1]}
        found = self.edited(stores, form(**kept, **failure, lease="gone:1"), Wish.RETRY)
        assert entry(found).items() >= kept.items()
        assert set(entry(found)) - {"name"} == set(kept)

    @pytest.mark.parametrize("form", FORMS)
    def test_sync_again_forgets_that_it_is_there_too(
        self, stores: Stores, form: Callable[..., object]
    ) -> None:
        before = form(created_dt=CREATED, checksum="xxh3:1", tries=1, id="id1", priority=7)
        assert set(entry(self.edited(stores, before, Wish.SYNC_AGAIN))) - {"name"} == {"id", "priority"}

    @pytest.mark.parametrize("form", FORMS)
    def test_pause_and_resume_touch_only_their_fields(
        self, stores: Stores, form: Callable[..., object]
    ) -> None:
        before = form(tries=1, lease="w-x:1")
        paused = entry(self.edited(stores, before, Wish.PAUSE, "anna"))
        assert paused == entry({"files": [{"sites": before}]}) | {"paused": True, "paused_by": "anna"}
        resumed = entry(self.edited(stores, form(**(paused | {"name": "gdrive"})), Wish.RESUME))
        assert {**resumed, "name": ""} == {"name": "", "tries": 1, "lease": "w-x:1"}

    def test_priority_is_set(self, stores: Stores) -> None:
        found = self.edited(stores, form_c(tries=1), Wish.SET_PRIORITY, 900)
        assert entry(found) == wanted("gdrive", tries=1, priority=900)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ([present("studio")], [present("studio"), wanted("gdrive", priority=90)]),
            ({"studio": {}}, {"studio": {}, "gdrive": {"priority": 90}}),
            ([], [wanted("gdrive", priority=90)]),
        ],
    )
    def test_add_asks_for_the_file(self, stores: Stores, before: object, after: object) -> None:
        found = self.edited(stores, before, Wish.ADD, 90)
        assert cast("list[Fields]", found["files"])[0]["sites"] == after

    def test_add_turns_names_into_entries_that_keep_their_presence(self, stores: Stores) -> None:
        document = representation(files=[file(sites=["studio", "backup"]), file(sites=["studio"])])
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [Edit(target(document), Wish.ADD)]) == 1
        published = document["_id"].generation_time  # type: ignore[attr-defined]
        expected = [
            {"name": "studio", "created_dt": published},
            {"name": "backup", "created_dt": published},
            {"name": "gdrive"},
        ]
        assert stores.as_stored(only(store, document)) == stores.as_stored(with_sites(document, expected))

    def test_sync_again_turns_names_into_entries(self, stores: Stores) -> None:
        found = self.edited(stores, ["studio", "gdrive"], Wish.SYNC_AGAIN)
        assert entry(found) == {"name": "gdrive"}
        assert isinstance(entry(found, "studio")["created_dt"], datetime)

    @pytest.mark.parametrize(
        ("before", "wish"),
        [
            (["studio", "gdrive"], Wish.ADD),
            (["studio", wanted("gdrive")], Wish.ADD),
            (form_c(), Wish.ADD),
            (form_b(), Wish.ADD),
            (["studio"], Wish.PAUSE),
            (["gdrive"], Wish.RETRY),
            (["studio"], Wish.SYNC_AGAIN),
            ([present("studio")], Wish.SET_PRIORITY),
            (form_c(created_dt=CREATED), Wish.PAUSE),
            (form_c(), Wish.RETRY),
            (7, Wish.ADD),
        ],
    )
    def test_what_changes_nothing_is_not_counted(self, stores: Stores, before: object, wish: Wish) -> None:
        document = representation(files=[file(sites=before)])
        store = stores.open()
        store.insert(PROJECT, [document])
        assert store.edit(PROJECT, [Edit(target(document), wish, 5)]) == 0
        assert stores.as_stored(only(store, document)) == stores.as_stored(document)

    def test_names_stay_names_where_the_neighbour_is_edited(self, stores: Stores) -> None:
        document = representation(files=[file(sites=["studio", "gdrive"]), file()])
        store = stores.open()
        store.insert(PROJECT, [document])
        edits = [Edit(target(document), Wish.ADD), Edit(target(document, position=1), Wish.SET_PRIORITY, 7)]
        assert store.edit(PROJECT, edits) == 1
        expected = with_sites(document, ["studio", "gdrive"], form_c(priority=7))
        assert stores.as_stored(only(store, document)) == stores.as_stored(expected)

    def test_edits_of_several_documents_are_counted_each(self, stores: Stores) -> None:
        documents = [representation(files=[file(), file()]) for _ in range(3)]
        store = stores.open()
        store.insert(PROJECT, documents)
        edits = [
            Edit(target(one, position=position), Wish.PAUSE, "anna")
            for one in documents
            for position in (0, 1)
        ]
        edits.append(Edit(target(representation()), Wish.PAUSE, "anna"))
        assert store.edit(PROJECT, edits) == 6
        assert store.edit(PROJECT, edits) == 0
