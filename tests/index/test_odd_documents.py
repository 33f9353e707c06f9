"""One odd document stops nothing: whatever it holds, it is indexed, and the next one too."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncgui.model.representation import read_representation
from tests.index.conftest import PROJECT, Bench
from tests.index.documents import to_upload
from tests.model.bson_values import documents


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(documents, max_size=5))
def test_any_document_is_indexed_changed_and_removed(odd: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "i.sqlite")
        good = to_upload()
        for number, document in enumerate(odd):
            document["_id"] = ObjectId(f"{number:024x}")
            document["type"] = "representation"
            bench.put(document, good)
        bench.put(good)
        assert bench.row(good).files == 1
        for document in odd:
            row = bench.row(document)
            read = read_representation(document)
            assert (row.files, row.notes) == (len(read.files), read.notes)
        found = bench.index.representation_ids(PROJECT)
        assert len(bench.index.rows(found)) == len(odd) + 1
        for document in odd:
            bench.put({**document, "files": []})
        bench.store.delete(PROJECT, list(bench.store.documents[PROJECT]))
        bench.catch_up()
        totals = bench.index.totals(PROJECT)
        assert totals.every == totals.available == 0
        assert not any(
            (*totals.representations.values(), *totals.files.values(), *totals.size_bytes.values())
        )
        bench.index.close()
