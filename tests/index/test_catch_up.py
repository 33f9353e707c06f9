"""Feeding the index: nothing is missed, nothing gone stays, and an interruption does no harm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from bson import ObjectId

from syncgui.index import Index, Indexer
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.model.representation import Document
from tests.index.conftest import NOW, PROJECT, Bench, view
from tests.index.documents import entry_of, file, ids_of, present, representation, to_upload, wish
from tests.index.memory_store import MemoryStore


def test_what_is_there_is_scanned_and_what_comes_later_is_applied(bench: Bench) -> None:
    first, second = to_upload(), to_upload()
    bench.put(first)
    assert bench.open_ids() == ids_of([first])
    bench.put(second)
    assert sorted(bench.open_ids()) == sorted(ids_of([first, second]))


def test_catching_up_names_what_changed_and_nothing_else(bench: Bench) -> None:
    documents = [to_upload() for _ in range(3)]
    bench.put(*documents)
    entry_of(documents[1], "gdrive")["priority"] = 80
    bench.store.put(PROJECT, *documents[:2])  # the first as it was
    (caught,) = bench.catch_up()
    assert caught.changed == {PROJECT: ids_of(documents[1:2])}
    assert bench.catch_up()[0].changed == {}


def test_one_changed_file_of_many_costs_a_few_row_writes(bench: Bench) -> None:
    document = representation(*(file(f"f.{n}.exr", present("studio"), wish("gdrive")) for n in range(500)))
    bench.put(document, *[to_upload() for _ in range(100)])

    def writes() -> int:
        return bench.index.file.write(lambda db: db.total_changes())

    before = writes()
    entry_of(document, "gdrive", 77)["priority"] = 80
    bench.put(document)
    assert 0 < writes() - before <= 10


def test_a_deleted_representation_leaves_the_index(bench: Bench) -> None:
    gone, stays = to_upload(), to_upload()
    bench.put(gone, stays)
    bench.store.delete(PROJECT, ids_of([gone]))
    (caught,) = bench.catch_up()
    assert caught.changed == {PROJECT: ids_of([gone])}
    assert bench.open_ids() == ids_of([stays])
    assert bench.index.find(PROJECT, str(gone["_id"])) is None
    assert bench.index.totals(PROJECT).every == 1


def test_a_cursor_that_is_lost_leads_to_a_scan_that_removes_what_is_gone(bench: Bench) -> None:
    gone, stays, new = to_upload(), to_upload(), to_upload()
    bench.put(gone, stays)
    row_id = bench.row(stays).row_id
    bench.store.delete(PROJECT, ids_of([gone]))
    bench.store.put(PROJECT, new)
    bench.store.lose_changes()
    caught = bench.catch_up()
    assert sorted(bench.open_ids()) == sorted(ids_of([stays, new]))
    assert bench.row(stays).row_id == row_id
    assert sorted(key for one in caught for key in one.changed.get(PROJECT, ())) == sorted(
        ids_of([gone, new])
    )


def test_a_change_during_the_scan_is_not_missed(bench: Bench) -> None:
    documents = [to_upload() for _ in range(9_000)]
    bench.store.put(PROJECT, *documents)
    assert bench.indexer.catch_up().more
    bench.store.delete(PROJECT, ids_of(documents[:1]))
    entry_of(documents[1], "gdrive")["priority"] = 99
    bench.store.put(PROJECT, documents[1])
    bench.catch_up()
    assert bench.index.totals(PROJECT).every == 8_999
    assert bench.entries(limit=1)[0].representation == str(documents[1]["_id"])


def test_an_interrupted_scan_begins_again_and_keeps_its_rows(bench: Bench) -> None:
    documents = [to_upload() for _ in range(9_000)]
    bench.store.put(PROJECT, *documents)
    bench.indexer.catch_up()
    kept = bench.row(documents[0]).row_id
    bench.index.close()
    bench.store.delete(PROJECT, ids_of(documents[1:2]))
    bench.open()
    assert bench.index.totals(PROJECT).every > 0
    bench.catch_up()
    assert bench.index.totals(PROJECT).every == 8_999
    assert bench.row(documents[0]).row_id == kept


class _BreakingStore(MemoryStore):
    """Its first scan breaks off after a chunk."""

    broken = False

    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        for chunk in super().scan(project):
            yield chunk
            if not self.broken:
                self.broken = True
                raise DatabaseUnreachableError(detail="the line broke")


def test_a_scan_that_breaks_off_is_done_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "i.sqlite", _BreakingStore())
    bench.store.put(PROJECT, *[to_upload() for _ in range(1_500)])
    with pytest.raises(DatabaseUnreachableError):
        bench.catch_up()
    bench.catch_up()
    assert bench.index.totals(PROJECT).every == 1_500
    bench.index.close()


def test_an_unreachable_store_leaves_the_index_readable(bench: Bench) -> None:
    document = to_upload()
    bench.put(document)
    bench.store.reachable = False
    with pytest.raises(DatabaseUnreachableError):
        bench.catch_up()
    assert bench.open_ids() == ids_of([document])
    assert bench.index.as_of() == NOW
    bench.store.reachable = True
    bench.catch_up()


def test_an_index_that_is_opened_again_goes_on_from_its_cursor(bench: Bench) -> None:
    bench.put(to_upload())
    cursor = bench.index.cursor()
    bench.index.close()
    bench.open()
    assert bench.index.cursor() == cursor
    new = to_upload()
    bench.store.put(PROJECT, new)
    assert [one.changed for one in bench.catch_up()] == [{PROJECT: ids_of([new])}]


def test_a_new_process_hears_again_of_nothing_that_was_applied(bench: Bench) -> None:
    bench.put(to_upload())
    bench.put(to_upload())
    bench.index.close()
    bench.open()
    cursor = bench.index.cursor()
    assert cursor == bench.store.head()
    assert bench.store.changes(cursor).ids == {}


def test_as_of_is_the_time_of_the_last_catch_up(bench: Bench) -> None:
    assert bench.index.as_of() is None
    bench.put(to_upload())
    assert bench.index.as_of() == NOW
    bench.now += 3600
    bench.catch_up()
    assert bench.index.as_of() == NOW + 3600


def test_an_odd_document_is_named_once_and_stops_nothing(bench: Bench) -> None:
    odd = representation(file("a", {"name": "studio"}))
    odd["files"] = [7, None, *list(odd["files"])] if isinstance(odd["files"], list) else []
    good = to_upload()
    bench.store.put(PROJECT, odd, good)
    notes = [note for one in bench.catch_up() for note in one.notes]
    assert len(notes) == 1
    assert str(odd["_id"]) in notes[0]
    assert "files[0] is no file" in notes[0]
    bench.store.put(PROJECT, odd)
    assert [one.notes for one in bench.catch_up()] == [()]
    assert bench.open_ids() == ids_of([good])


def test_documents_with_impossible_figures_are_indexed(bench: Bench) -> None:
    huge = representation(
        file("a", present("studio"), wish("gdrive", tries=1e300), size=2**62),
        file("b", wish("gdrive", priority=1e300, error="x" * 100_000), size=2**62),
    )
    bench.put(huge)
    assert bench.row(huge).files == 2
    assert bench.index.totals(PROJECT).every == 1


def test_projects_are_kept_apart(bench: Bench) -> None:
    bench.indexer.set_views({PROJECT: view(), "other": view()})
    mine, other = to_upload(), to_upload()
    bench.store.put("other", other)
    bench.put(mine)
    assert bench.open_ids() == ids_of([mine])
    assert bench.index.find("other", str(other["_id"])) is not None
    assert bench.index.totals("other").every == 1


def test_a_project_without_a_view_is_not_indexed_until_it_has_one(bench: Bench) -> None:
    late = to_upload()
    bench.store.put("late", late)
    bench.put(to_upload())
    assert bench.index.find("late", str(late["_id"])) is None
    bench.indexer.set_views({PROJECT: view(), "late": view()})
    bench.catch_up()
    assert bench.index.find("late", str(late["_id"])) is not None


def test_what_is_no_longer_among_the_views_is_kept_up_to_date(bench: Bench) -> None:
    document = to_upload()
    bench.put(document)
    bench.indexer.set_views({})
    entry_of(document, "gdrive")["created_dt"] = ObjectId().generation_time
    bench.put(document)
    assert bench.open_ids() == []


def test_a_second_index_reads_and_does_not_write(bench: Bench) -> None:
    document = to_upload()
    bench.put(document)
    second = Index(bench.path, identity=bench.store.identity)
    indexer = Indexer(second, bench.store, is_alive=lambda _: False, wall_clock=lambda: NOW)
    indexer.set_views({PROJECT: view()})
    bench.store.put(PROJECT, to_upload())
    assert indexer.catch_up().changed == {}
    assert not second.is_writer
    assert second.totals(PROJECT).every == 1
    assert not indexer.work(1.0)
    assert indexer.recheck_workers() == 0
    bench.catch_up()
    assert second.totals(PROJECT).every == 2
    second.close()
