"""Any order of calls by two programs leaves the store as a plain dictionary of documents would be."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, TypeVar, cast

import bson
import pytest
from bson import ObjectId
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

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
    names_as_entries,
)
from syncgui.model.representation import Document, read_representation
from syncgui.store.abstract_store import Store
from syncgui.store.opening import open_store
from syncgui.store.sqlite_store import SqliteStore
from tests.store.contract import GENEROUS_S
from tests.store.documents import file, representation, wanted
from tests.store.other_process import join

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
WORKERS = ("w-one", "w-two")
PROJECTS = ("Test", "Other")
SITES: tuple[object, ...] = (
    [{"name": "studio", "created_dt": NOW}, {"name": "gdrive"}],
    {"studio": {"created_dt": NOW}, "gdrive": {}},
    {"studio": {"created_dt": NOW}, "gdrive": None},
    {"gdrive": {"lease": "w-dead:1", "tries": 2}},
    [{"name": "gdrive", "lease": "w-dead:3"}],
    [{"name": "gdrive", "tries": "two"}],
    ["studio"],
    [{"name": "gdrive"}, {"name": "gdrive", "tries": 1}],
)
Key = tuple[str, str]
T = TypeVar("T", Claim, Result, Edit)


class AnyOrder(RuleBasedStateMachine):
    """Two stores on one and the same data, and what they should hold."""

    known = Bundle("known")
    who = st.sampled_from((0, 1))
    numbers = st.integers(0, 3)

    def __init__(self) -> None:
        super().__init__()
        self.stores = self.open_stores()
        self.model: dict[Key, MutableDocument] = {}
        self.cursor = self.stores[0].head()
        self.changed: set[Key] = set()

    @abstractmethod
    def open_stores(self) -> Sequence[Store]:
        """One for each worker, which has joined; there is nothing in the projects."""

    def project(self, name: str) -> str:
        """What the project is called in this run."""
        return name

    @abstractmethod
    def told(self, seen: Sequence[Key]) -> None:
        """Whether what a store told is right."""

    def held(self, store: Store, project: str) -> Iterator[Document]:
        """All representations of a project, whole."""
        for chunk in store.scan(project):
            yield from chunk

    def plain(self, document: Document) -> bytes:
        """What two documents have in common only if they are equal."""
        return bson.encode(document)

    @rule(
        target=known,
        who=who,
        project=st.sampled_from(PROJECTS),
        sites=st.lists(st.lists(st.sampled_from(SITES), min_size=1, max_size=3), min_size=1, max_size=4),
    )
    def insert(self, who: int, project: str, sites: list[list[object]]) -> object:
        project = self.project(project)
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

    @rule(who=who, key=known)
    def add(self, who: int, key: Key) -> None:
        edits = [Edit(one, Wish.ADD, 7) for one in self.targets(key, "backup")]
        count = self.expect(key[0], edits, lambda one, found: add(found, one, ObjectId(key[1])))
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
        self.told(seen)
        self.changed.clear()

    @invariant()
    def both_hold_what_they_should(self) -> None:
        expected = {key: self.plain(document) for key, document in self.model.items()}
        ours = {self.project(name) for name in PROJECTS}
        for store in self.stores:
            held = {
                (project, str(one["_id"])): self.plain(one)
                for project in ours & set(store.projects())
                for one in self.held(store, project)
            }
            assert held == expected

    def targets(self, key: Key, site: str = "gdrive") -> list[Target]:
        document = self.model.get(key)
        files = read_representation(document).files if document is not None else ()
        return [Target(key[1], one.ref, site) for one in files]

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
        assert {str(one["_id"]): self.plain(one) for one in back} == {
            key: self.plain(self.model[project, key]) for key in concerned
        }
        assert len(back) == len(concerned)


def add(found: MutableDocument, edit: Edit, identifier: ObjectId) -> bool:
    """What asking for a file on a further site does; names say only "is here" and become entries."""
    names = found.get("sites")
    if isinstance(names, list) and any(isinstance(one, str) for one in names):
        names_as_entries(found, identifier.generation_time)
    return apply_edit(found, edit, lambda _: False)


class AnyOrderOnSqlite(AnyOrder):
    """On one file."""

    def open_stores(self) -> Sequence[Store]:
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "store.sqlite"
        stores = [SqliteStore(path, create=True, now=lambda: NOW) for _ in WORKERS]
        for store, worker in zip(stores, WORKERS, strict=True):
            join(store, worker)
        return stores

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        shutil.rmtree(self.folder)

    def told(self, seen: Sequence[Key]) -> None:
        assert set(seen) == self.changed
        assert len(seen) == len(self.changed)


class Server:
    """What lasts for all runs on a server; projects last for one."""

    stores: ClassVar[Sequence[Store]]
    strangers: ClassVar[Database[dict[str, object]]]
    numbers: ClassVar[Iterator[int]] = itertools.count()


class AnyOrderOnMongo(AnyOrder):
    """On one database of a server, on which a stranger writes, too."""

    known = AnyOrder.known

    def open_stores(self) -> Sequence[Store]:
        self.run_number = next(Server.numbers)
        return Server.stores

    def project(self, name: str) -> str:
        return f"{name} {self.run_number}"

    def teardown(self) -> None:
        for name in PROJECTS:
            Server.strangers.drop_collection(self.project(name))

    def told(self, seen: Sequence[Key]) -> None:
        assert set(seen) >= self.changed

    def held(self, store: Store, project: str) -> Iterator[Document]:
        ids = [str(one["_id"]) for one in super().held(store, project)]
        assert len(ids) == len(set(ids))
        return iter(store.read(project, ids))

    def plain(self, document: Document) -> bytes:
        """Without the order of an entry's keys and the moment of a write, which are the server's own."""
        plain = deepcopy(dict(document))
        for one in cast("list[dict[str, object]]", plain["files"]):
            sites = one.get("sites")
            if isinstance(sites, list):
                one["sites"] = [_plain_entry(entry) for entry in sites]
            elif isinstance(sites, dict):
                one["sites"] = {name: _plain_entry(entry) for name, entry in sites.items()}
        return bson.encode(plain)

    @rule(key=known, position=st.integers(0, 2))
    def somebody_unsets_tries(self, key: Key, position: int) -> None:
        self.by_hand(
            key, position, "$unset", lambda at: {f"{at}.0.tries": ""}, lambda one: one[0].pop("tries", 0)
        )

    @rule(key=known, position=st.integers(0, 2))
    def somebody_pushes_a_site(self, key: Key, position: int) -> None:
        self.by_hand(
            key, position, "$push", lambda at: {at: wanted("cloud")}, lambda one: one.append(wanted("cloud"))
        )

    @rule(key=known, position=st.integers(0, 2))
    def somebody_resets_an_entry(self, key: Key, position: int) -> None:
        def reset(sites: list[dict[str, object]]) -> None:
            sites[0] = wanted("gdrive")

        self.by_hand(key, position, "$set", lambda at: {f"{at}.0": wanted("gdrive")}, reset)

    @rule(key=known, sites=st.lists(st.sampled_from(SITES), min_size=1, max_size=3))
    def somebody_replaces_the_document(self, key: Key, sites: list[object]) -> None:
        new = representation(files=[file(sites=deepcopy(one)) for one in sites]) | {"_id": ObjectId(key[1])}
        if key in self.model:
            self.collection(key).replace_one({"_id": new["_id"]}, new)
            self.model[key] = new
            self.changed.add(key)

    def by_hand(
        self,
        key: Key,
        position: int,
        operator: str,
        names: Callable[[str], Mapping[str, object]],
        change: Callable[[list[dict[str, object]]], object],
    ) -> None:
        """A stranger's update of a list of entries, and the same in the model."""
        files = cast("list[dict[str, object]]", self.model[key]["files"]) if key in self.model else []
        sites = files[position].get("sites") if position < len(files) else None
        if not isinstance(sites, list) or not all(isinstance(one, dict) for one in sites):
            return
        fields = names(f"files.{position}.sites")
        answer = self.collection(key).update_one({"_id": ObjectId(key[1])}, {operator: fields})
        change(sites)
        if answer.modified_count:
            self.changed.add(key)

    def collection(self, key: Key) -> Collection[dict[str, object]]:
        return Server.strangers.get_collection(key[0])


def _plain_entry(entry: object) -> object:
    if not isinstance(entry, dict):
        return entry
    return {
        key: NOW if isinstance(value, datetime) and key.endswith("_dt") and value.year > 2024 else value
        for key, value in sorted(entry.items())
    }


AnyOrderOnSqlite.TestCase.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
AnyOrderOnMongo.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # To find a smaller example takes a server minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


TestAnyOrderOnSqlite = AnyOrderOnSqlite.TestCase


class TestAnyOrderOnMongo(AnyOrderOnMongo.TestCase):  # type: ignore[valid-type, misc]
    """40 examples of up to 30 steps."""

    @pytest.fixture(autouse=True)
    def opened(self, mongo_address: str, tmp_path: Path) -> Iterator[None]:
        Server.stores = [
            open_store(mongo_address, worker_lock_dir=tmp_path / "workers", busy_timeout_s=GENEROUS_S)
            for _ in WORKERS
        ]
        for store, worker in zip(Server.stores, WORKERS, strict=True):
            join(store, worker)
        with MongoClient[dict[str, object]](mongo_address) as client:
            Server.strangers = client.get_default_database()
            yield
        for store in Server.stores:
            store.close()
