"""Which writes a server may get from us: every test that opens a MongoDB store is watched by this.

A MongoDB takes more than a studio's documents bear, and the server for tests takes more than a MongoDB.
So each write command is held against the few shapes that are right: plain operators on `files.$[f].sites`
and below, with filters that name file, path and form; files are replaced where they stand as they were read.
What is found wrong fails the test that caused it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

import pytest
from pymongo import MongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from syncgui.store import mongo_connection

Fields: TypeAlias = Mapping[str, object]

OWN_COLLECTIONS = ("workers", "touched")
_READING = {
    *("find", "getMore", "killCursors", "count", "listCollections", "listDatabases", "listIndexes"),
    *("hello", "ping", "buildInfo", "connectionStatus", "endSessions", "saslStart", "saslContinue"),
}
_OPERATORS = {"$set", "$unset", "$inc", "$currentDate", "$push"}
_PATH = re.compile(
    r"files\.\$\[(?P<file>f\d+)\](?P<sites>\.sites)?"
    r"(?:\.\$\[(?P<entry>s\d+)\](?:\.(?P<field>\w+))?|\.(?P<key>[^.$][^.]*))?"
)
_FIELDS = {
    "$set": {"lease", "id", "checksum", "error", "retry_at", "progress"},
    "$unset": {"lease", "progress", "error", "tries", "last_failed_dt", "retry_at", "id", "checksum"},
    "$inc": {"tries"},
    "$currentDate": {"created_dt", "last_failed_dt"},
    "$push": set[str](),
}
_NO_ARRAY = {"$not": {"$type": "array"}}


class WrongShapeError(Exception):
    """A write that must not be sent, in a sentence."""


class WatchedWrites(CommandListener):
    """Looks at each command that our clients send; keeps what is wrong and which documents were updated."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: list[str] = []
        self._updates: list[Fields] = []
        self._acts: dict[str, list[Callable[[], object]]] = {}

    def take_wrong(self) -> list[str]:
        """What was wrong since the last call; forgets the updates and what was to be done."""
        with self._lock:
            wrong, self._wrong, self._updates, self._acts = self._wrong, [], [], {}
        return wrong

    def before_next(self, command: str, act: Callable[[], object], times: int = 1) -> None:
        """Do something, as somebody else, directly before the next commands of this name are sent.

        So a stranger is surely between our reading and our writing.
        """
        with self._lock:
            self._acts[command] = [act] * times

    @property
    def updates(self) -> list[Fields]:
        """The updates of projects' documents that this test caused so far."""
        with self._lock:
            return list(self._updates)

    def started(self, event: CommandStartedEvent) -> None:
        """Look at a command."""
        try:
            check_command(event.database_name, event.command_name, event.command)
        except WrongShapeError as wrong:
            with self._lock:
                self._wrong.append(f"{event.database_name}: {wrong}")
        if event.database_name == mongo_connection.OWN_DATABASE:
            return
        with self._lock:
            acts = self._acts.get(event.command_name)
            act = acts.pop() if acts else None
            self._updates += event.command.get("updates", ())
        if act is not None:
            act()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing."""


WATCHED = WatchedWrites()


class _WatchedClient(MongoClient[Any]):
    """The driver's client with somebody looking on. Tests' own clients are strangers and do as they like."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options, event_listeners=[WATCHED])


@pytest.fixture(scope="session", autouse=True)
def stores_are_watched() -> Iterator[None]:
    """Each connection of a store is looked at, from the first to the last test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mongo_connection, "MongoClient", _WatchedClient)
        yield


@pytest.fixture(autouse=True)
def every_write_has_a_known_shape() -> Iterator[None]:
    """The test fails that caused a write of another shape."""
    WATCHED.take_wrong()
    yield
    assert WATCHED.take_wrong() == []


# -- the shapes ----------------------------------------------------------------------------------------


def check_command(database: str, name: str, command: Fields) -> None:
    """Look at one command.

    Raises:
        WrongShapeError: it must not be sent.
    """
    if name == "listCollections":
        # Without both a MongoDB refuses him who has rights on single collections only.
        asks_for_own = command.get("authorizedCollections", False)
        _require(not asks_for_own or command.get("nameOnly") is True, "more than names of what one may see")
    elif name == "aggregate":
        _check_pipeline(cast("Sequence[Fields]", command["pipeline"]))
    elif name not in ("update", "insert", "delete", "findAndModify"):
        _require(name in _READING, f"the command {name} is not one of ours")
    elif database == mongo_connection.OWN_DATABASE:
        _require(command[name] in OWN_COLLECTIONS, f"{name} in the collection {command[name]}")
    else:
        _require(name != "findAndModify", "findAndModify of a project's document")
        _check_concern(command)
        for update in cast("Sequence[Fields]", command.get("updates", ())):
            check_update(update)
        for deletion in cast("Sequence[Fields]", command.get("deletes", ())):
            query = cast("Fields", deletion["q"])
            _require(set(query) == {"_id"}, f"a deletion by {sorted(query)}")


def check_update(update: Fields) -> None:
    """Look at one update of a representation.

    Raises:
        WrongShapeError: it must not be sent.
    """
    query, operators = cast("Fields", update["q"]), update["u"]
    _require(set(query) == {"_id", "type"} and query["type"] == "representation", f"the query {query}")
    _require(not update.get("upsert") and not update.get("multi"), "upsert or multi")
    _require(isinstance(operators, Mapping), "a pipeline")
    assert isinstance(operators, Mapping)
    _require(bool(operators) and set(operators) <= _OPERATORS, f"the operators {sorted(operators)}")
    filters = _filters_of(cast("Sequence[Fields]", update.get("arrayFilters", ())))
    writes = [(name, path, value) for name in operators for path, value in operators[name].items()]
    used: set[str] = set()
    for name, path, _ in writes:
        used |= _check_path(name, path, filters)
    _require(used == set(filters), "a filter that is not used, or missing")
    _check_overlap([_PATH.fullmatch(path) for _, path, _ in writes], filters)
    for identifier, conditions in filters.items():
        if "lease" in conditions:
            own = [path for _, path, _ in writes if f"$[{identifier}]" in path]
            frees = any(path.endswith(".lease") for path in own)
            _require(
                own[-1].endswith(".lease" if frees else ".progress"),
                "what the filter looks at is not written last",
            )


def _check_path(name: str, path: str, filters: Mapping[str, Fields]) -> set[str]:
    match = _PATH.fullmatch(path)
    if match is None or match["file"] not in filters:
        raise WrongShapeError(f"{name} of {path}")
    file = filters[match["file"]]
    _require({"_id", "path", ""} <= set(file), f"a file filter by {sorted(file)}")
    if match["sites"] is None:
        _require(match[0].endswith("]") and match["entry"] is None, f"{name} of {path}")
        whole = cast("Fields", file[""])
        _require(name == "$set" and "$eq" in whole, "a file is replaced, whatever it is")
        _require(whole.get("$not") == {"$type": "array"}, "a file that may be a list")
        return {match["file"]}
    _require(file[""] == _NO_ARRAY, "a file that may be a list")
    form = cast("Fields", file.get("sites", {}))
    if match["entry"] is not None:
        _require(form.get("$type") == "array", f"{path} without its form")
        _check_entry(filters.get(match["entry"], {}))
        _require(
            match["field"] in _FIELDS[name] if match["field"] else name == "$set",
            f"{name} of {path}",
        )
        return {match["file"], match["entry"]}
    if match["key"] is not None:
        _require(name == "$set", f"{name} of {path}")
        _require(form == {"$type": "object", **_NO_ARRAY}, f"{path} without its form")
        _require(f"sites.{match['key']}" in file, f"{path} without what it replaces")
    elif name == "$push":
        _require(form.get("$type") == "array" and "$not" in form, "an entry is added without a look")
    else:
        _require(name == "$set", f"{name} of all sites")
        known = "$eq" in form or form in ({"$exists": False}, {"$type": "null"})
        _require(known, "all sites are replaced, whatever they are")
    return {match["file"]}


def _check_overlap(paths: Sequence[re.Match[str] | None], filters: Mapping[str, Fields]) -> None:
    """That no entry is named twice: the server would refuse the whole update."""
    named = {(match["file"], match["entry"], match["key"]) for match in paths if match}
    meant = [f"{filters[file]} {key} {filters.get(entry or '')}" for file, entry, key in named]
    _require(len(set(meant)) == len(meant), "two filters of one entry")


def _check_entry(entry: Fields) -> None:
    whole = cast("Fields", entry.get("", {}))
    _require(whole.get("$not") == {"$type": "array"}, "an entry that may be a list")
    _require("$eq" in whole or {"name", "lease"} <= set(entry), "an entry without name and lease")


def _filters_of(filters: Sequence[Fields]) -> dict[str, Fields]:
    """The conditions of each identifier, by the path below it."""
    found: dict[str, Fields] = {}
    for one in filters:
        names = {key.partition(".")[0] for key in one if key != "$or"}
        _require(len(names) == 1, f"a filter of {sorted(names)}")
        (name,) = names
        _require(name not in found, f"two filters of {name}")
        _require("$expr" not in str(one) and "$where" not in str(one), "code in a filter")
        found[name] = {key.partition(".")[2]: value for key, value in one.items() if key != "$or"}
    return found


def _check_pipeline(pipeline: Sequence[Fields]) -> None:
    for stage in pipeline:
        _require(not {"$out", "$merge"} & set(stage), "an aggregation that writes")


def _check_concern(command: Fields) -> None:
    concern = cast("Fields", command.get("writeConcern", {}))
    good = concern.get("w") == "majority" and concern.get("j") is True and concern.get("wtimeout") == 10_000
    _require(good, f"the write concern {dict(concern)}")


def _require(good: bool, wrong: str) -> None:
    if not good:
        raise WrongShapeError(wrong)
