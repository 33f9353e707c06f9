"""Any order of calls by two programs leaves the store as a plain dictionary of documents would be."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import bson
import pytest
from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from syncgui.model.edits import (
    Claim,
    Edit,
    MutableDocument,
    Outcome,
    Result,
    Target,
    Wish,
    apply_edit,
    apply_result,
    claim,
    find_files,
)
from syncgui.model.representation import Document, read_representation
from syncgui.store.sqlite_store import SqliteStore
from tests.store.documents import file, representation
from tests.store.other_process import join

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
WORKERS = ("w-one", "w-two")
PROJECTS = ("Test", "Other")
SITES: tuple[object, ...] = (
    [{"name": "studio", "created_dt": NOW}, {"name": "gdrive"}],
    {"studio": {"created_dt": NOW}, "gdrive": {}},
    [{"name": "gdrive", "lease": "w-dead:3"}],
    ["studio"],
    [{"name": "gdrive"}, {"name": "gdrive", "tries": 1}],
)
Key = tuple[str, str]
T = TypeVar("T", Claim, Result, Edit)


class AnyOrder(RuleBasedStateMachine):
    """Two stores on one file, and what they should hold."""

    known = Bundle("known")
    who = st.sampled_from((0, 1))
    numbers = st.integers(0, 3)

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "store.sqlite"
        self.stores = [SqliteStore(path, create=True, now=lambda: NOW) for _ in WORKERS]
        for store, worker in zip(self.stores, WORKERS, strict=True):
            join(store, worker)
        self.model: dict[Key, MutableDocument] = {}
        self.cursor = self.stores[0].head()
        self.changed: set[Key] = set()

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        shutil.rmtree(self.folder)

    @rule(
        target=known,
        who=who,
        project=st.sampled_from(PROJECTS),
        sites=st.lists(st.lists(st.sampled_from(SITES), min_size=1, max_size=3), min_size=1, max_size=4),
    )
    def insert(self, who: int, project: str, sites: list[list[object]]) -> object:
        documents = [representation(files=[file(sites=deepcopy(one)) for one in files]) for files in sites]
        self.stores[who].insert(project, documents)
        keys: list[Key] = [(project, str(one["_id"])) for one in documents]
        for key, document in zip(keys, documents, strict=True):
            self.model[key] = document
            self.changed.add(key)
        return multiple(*keys)

    @rule(who=who, key=known)
    def insert_again(self, who: int, key: Key) -> None:
        document = {"_id": ObjectId(key[1]), "type": "representation", "files": []}
        fresh = representation()
        if key in self.model:
            with pytest.raises(ValueError, match=key[1]):
                self.stores[who].insert(key[0], [fresh, document])
        else:
            self.stores[who].insert(key[0], [document])
            self.model[key] = document
            self.changed.add(key)

    @rule(who=who, key=known)
    def delete(self, who: int, key: Key) -> None:
        self.stores[who].delete(key[0], [key[1]])
        if self.model.pop(key, None) is not None:
            self.changed.add(key)

    @rule(who=who, keys=st.lists(known, min_size=1, max_size=4), number=numbers)
    def claim(self, who: int, keys: list[Key], number: int) -> None:
        lease = f"{WORKERS[who]}:{number}"
        project = keys[0][0]
        claims = [Claim(one, lease) for key in keys if key[0] == project for one in self.targets(key)]
        self.expect(
            project, claims, lambda one, found: claim(found, "gdrive", one.lease, lambda held: "dead" in held)
        )
        self.compare(project, self.stores[who].claim(project, claims), claims)

    @rule(
        who=who,
        keys=st.lists(known, min_size=1, max_size=4),
        number=numbers,
        outcome=st.sampled_from(list(Outcome)),
        position=st.integers(0, 2),
    )
    def record(self, who: int, keys: list[Key], number: int, outcome: Outcome, position: int) -> None:
        project = keys[0][0]
        results = [
            Result(one, f"{WORKERS[who]}:{number}", outcome, "id", "xxh3:1", "It broke", True)
            for key in keys
            if key[0] == project
            for one in self.targets(key)[position:]
        ]
        self.expect(project, results, lambda one, found: apply_result(found, one, NOW, None))
        self.compare(project, self.stores[who].write_results(project, results), results)

    @rule(
        who=who,
        key=known,
        wish=st.sampled_from([Wish.RETRY, Wish.PAUSE, Wish.RESUME, Wish.SET_PRIORITY]),
        value=st.integers(1, 3),
    )
    def edit(self, who: int, key: Key, wish: Wish, value: int) -> None:
        edits = [Edit(one, wish, value) for one in self.targets(key)]
        count = self.expect(
            key[0], edits, lambda one, found: apply_edit(found, one, lambda held: "dead" in held)
        )
        assert self.stores[who].edit(key[0], edits) == count

    @rule(who=who, limit=st.integers(1, 5))
    def follow(self, who: int, limit: int) -> None:
        seen: list[Key] = []
        more = True
        while more:
            changes = self.stores[who].changes(self.cursor, limit=limit)
            assert not changes.lost
            seen += [(project, key) for project, keys in changes.ids.items() for key in keys]
            self.cursor, more = changes.cursor, changes.more
        assert set(seen) == self.changed
        assert len(seen) == len(self.changed)
        self.changed.clear()

    @invariant()
    def both_hold_what_they_should(self) -> None:
        expected = {key: bson.encode(document) for key, document in self.model.items()}
        for store in self.stores:
            held = {
                (project, str(one["_id"])): bson.encode(one)
                for project in store.projects()
                for chunk in store.scan(project)
                for one in chunk
            }
            assert held == expected

    def targets(self, key: Key) -> list[Target]:
        document = self.model.get(key)
        files = read_representation(document).files if document is not None else ()
        return [Target(key[1], one.ref, "gdrive") for one in files]

    def expect(self, project: str, items: Sequence[T], change: Callable[[T, MutableDocument], bool]) -> int:
        """Do to the model what the store is to do; how many items changed something."""
        count = 0
        for item in items:
            key = (project, item.target.representation)
            if any([change(item, one) for one in find_files(self.model[key], item.target.file)]):
                self.changed.add(key)
                count += 1
        return count

    def compare(self, project: str, back: list[Document], items: Sequence[Claim | Result]) -> None:
        """A read-back is every document concerned, as it is now."""
        concerned = {item.target.representation for item in items}
        assert {str(one["_id"]): bson.encode(one) for one in back} == {
            key: bson.encode(self.model[project, key]) for key in concerned
        }
        assert len(back) == len(concerned)


AnyOrder.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyOrder = AnyOrder.TestCase
