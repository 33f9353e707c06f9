"""Holding the index against a store that could not tell what changed."""

from __future__ import annotations

from copy import deepcopy

import pytest

from syncgui.index.reconciling import Step
from syncgui.model.errors import DatabaseUnreachableError
from tests.index.conftest import PROJECT, Bench, view
from tests.index.documents import entry_of, ids_of, to_upload


def unseen(bench: Bench, *documents: dict[str, object], project: str = PROJECT) -> None:
    """Another program writes documents, and nobody tells."""
    for document in documents:
        bench.store.documents.setdefault(project, {})[str(document["_id"])] = deepcopy(document)


def reconcile(bench: Bench, project: str = PROJECT) -> list[Step]:
    """A whole round."""
    steps = [bench.indexer.reconcile(project)]
    while not steps[-1].is_over:
        steps.append(bench.indexer.reconcile(project))
    return steps


def changed(steps: list[Step], project: str = PROJECT) -> list[str]:
    return sorted(key for step in steps for key in step.changed.get(project, ()))


def test_an_unseen_edit_is_found(bench: Bench) -> None:
    documents = [to_upload() for _ in range(5)]
    bench.put(*documents)
    entry_of(documents[3], "gdrive")["priority"] = 80
    unseen(bench, documents[3])
    bench.catch_up()
    assert bench.open_ids()[0] != ids_of(documents)[3]
    assert changed(reconcile(bench)) == ids_of([documents[3]])
    assert bench.open_ids()[0] == ids_of(documents)[3]


def test_an_unseen_insert_is_found(bench: Bench) -> None:
    bench.put(to_upload())
    new = to_upload()
    unseen(bench, new)
    assert changed(reconcile(bench)) == ids_of([new])
    assert bench.row(new)


def test_what_is_gone_unseen_is_removed(bench: Bench) -> None:
    gone, stays = to_upload(), to_upload()
    bench.put(gone, stays)
    del bench.store.documents[PROJECT][str(gone["_id"])]
    assert changed(reconcile(bench)) == ids_of([gone])
    assert bench.open_ids() == ids_of([stays])
    assert bench.index.totals(PROJECT).every == 1


def test_a_round_over_what_is_right_writes_nothing(bench: Bench) -> None:
    bench.put(*(to_upload() for _ in range(2_500)))

    def writes() -> int:
        return bench.index.file.write(lambda db: db.total_changes())

    before = writes()
    steps = reconcile(bench)
    assert changed(steps) == []
    assert writes() == before
    assert sum(step.documents for step in steps) == 2_500
    assert max(step.documents for step in steps) <= 1_000


def test_what_comes_during_a_round_stays_as_it_came(bench: Bench) -> None:
    documents = [to_upload() for _ in range(2_500)]
    bench.put(*documents)
    assert not bench.indexer.reconcile(PROJECT).is_over
    new = to_upload()
    entry_of(documents[0], "gdrive")["priority"] = 80
    bench.put(documents[0], new)
    bench.store.delete(PROJECT, ids_of(documents[1:2]))
    bench.catch_up()
    assert changed(reconcile(bench)) == []
    assert bench.open_ids()[0] == ids_of(documents)[0]
    assert bench.row(new)
    assert bench.index.totals(PROJECT).every == 2_500


def test_rounds_through_two_projects_do_not_disturb_each_other(bench: Bench) -> None:
    bench.indexer.set_views({PROJECT: view(), "other": view()})
    bench.put(*(to_upload() for _ in range(2_500)))
    bench.store.put("other", *(to_upload() for _ in range(10)))
    bench.catch_up()
    one = bench.indexer.reconcile(PROJECT)
    reconcile(bench, "other")
    assert one.documents + sum(step.documents for step in reconcile(bench)) == 2_500


def test_a_round_that_failed_begins_again(bench: Bench) -> None:
    bench.put(*(to_upload() for _ in range(2_500)))
    bench.indexer.reconcile(PROJECT)
    gone = next(iter(bench.store.documents[PROJECT]))
    del bench.store.documents[PROJECT][gone]
    bench.store.reachable = False
    with pytest.raises(DatabaseUnreachableError):
        bench.indexer.reconcile(PROJECT)
    bench.store.reachable = True
    assert changed(reconcile(bench)) == [gone]


def test_a_project_that_nobody_indexes_is_no_error(bench: Bench) -> None:
    assert bench.indexer.reconcile("unknown") == Step()
    bench.put(to_upload())
    bench.indexer.leave_alone([PROJECT])
    assert bench.indexer.reconcile(PROJECT) == Step()


def test_an_index_that_was_made_anew_is_not_emptied_by_an_old_round(bench: Bench) -> None:
    documents = [to_upload() for _ in range(1_500)]
    bench.put(*documents)
    bench.indexer.reconcile(PROJECT)
    bench.store.swap()
    bench.catch_up()
    assert changed(reconcile(bench)) == []
    assert bench.index.totals(PROJECT).every == 1_500
