"""Change streams on the projects' database: what changed after a token, by ids only.

Tokens are texts here, made of what the server gave. Events of inserted documents are told for
representations and projects' own documents only; of an update or a deletion a server does not say what
type the document had, so those are told for every type.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import bson
from bson.errors import BSONError
from pymongo import ReadPreference
from pymongo.change_stream import ChangeStream
from pymongo.errors import OperationFailure

from syncgui.model.edits import MutableDocument
from syncgui.store.mongo_connection import UNAUTHORIZED, MongoConnection

Stream: TypeAlias = ChangeStream[MutableDocument]

_PIPELINE: list[Mapping[str, object]] = [
    {
        "$match": {
            "$or": [
                {"operationType": "insert", "fullDocument.type": {"$in": ["representation", "project"]}},
                {
                    "operationType": {
                        "$in": [
                            *("update", "replace", "delete"),
                            *("drop", "rename", "dropDatabase", "invalidate"),
                        ]
                    }
                },
            ]
        }
    },
    {
        "$project": {
            "operationType": 1,
            "ns": 1,
            "to": 1,
            "documentKey._id": 1,
            "type": "$fullDocument.type",
        }
    },
]
_BATCH = 1_000
_DRAIN_AWAIT_MS = 1
_EMPTY_ANSWERS = 200

# Standalone; stage, command or feature unknown to servers that only speak MongoDB's protocol.
_NO_STREAMS = (40573, 40324, 59, 115, 238, 303)
# A server that is busy, stops or changes: the same token will do later.
_PASSING = frozenset({6, 7, 24, 43, 50, 63, 64, 89, 91, 112, 133, 134, 150, 175, 189, 234, 237, 262})
_PASSING |= {9001, 10107, 11600, 11602, 13388, 13435, 13436}


class NoStreamsError(Exception):
    """This server has no change streams, or does not allow them to this user."""


class CannotContinueError(Exception):
    """The server can not go on from this token; another one may do."""


class Kind(Enum):
    """What an event says."""

    DOCUMENT = "document"  # one document may have changed
    PROJECT = "project"  # a project's own document has come
    ANEW = "anew"  # anything in a project may have changed
    LOST = "lost"  # anything may have changed


@dataclass(frozen=True, slots=True)
class Event:
    """What a stream told. `token`: where to go on after it. `key`: the text of the document's `_id`."""

    token: str
    kind: Kind
    project: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Drained:
    """What there was after a token: `token` is where to go on, `more` says that there is more at once."""

    events: list[Event]
    token: str
    more: bool


class Streams:
    """Opens change streams. All methods may be called from several threads."""

    def __init__(self, connection: MongoConnection) -> None:
        self._connection = connection

    def head(self) -> str:
        """The token of this moment.

        Raises:
            NoStreamsError: there are none here.
            DatabaseUnreachableError: the server does not answer.
        """
        with self.opened(None, _DRAIN_AWAIT_MS) as stream:
            for _ in range(_EMPTY_ANSWERS):
                if stream.resume_token is not None:
                    break
                stream.try_next()
            return token_of(stream)

    def since(self, token: str, limit: int) -> Drained:
        """What changed after a token; asks until the server has nothing more to tell.

        Raises:
            CannotContinueError: not from this token.
            NoStreamsError: there are none here.
            DatabaseUnreachableError: the server does not answer.
        """
        with self.opened(token, _DRAIN_AWAIT_MS) as stream:
            events: list[Event] = []
            at = token_of(stream)
            empty = 0
            while len(events) <= limit:
                found = stream.try_next()
                if found is not None:
                    events.append(event_of(found))
                    if events[-1].kind is Kind.LOST:
                        break
                    continue
                # An empty answer may only mean that a part of the server's log held nothing for us.
                before, at = at, token_of(stream)
                empty += 1
                if at == before or empty >= _EMPTY_ANSWERS:
                    break
        more = len(events) > limit
        if more:
            events = events[:limit]
            at = events[-1].token
        return Drained(events, at, more)

    @contextmanager
    def opened(self, token: str | None, await_ms: int) -> Iterator[Stream]:
        """A stream after a token, or from now on.

        Args:
            token: where to go on.
            await_ms: how long the server keeps a question open for which there is no answer yet.

        Raises:
            CannotContinueError: not from this token.
            NoStreamsError: there are none here.
            DatabaseUnreachableError: the server does not answer.
        """
        database = self._connection.database.with_options(read_preference=ReadPreference.PRIMARY)
        with self._connection.asking():
            try:
                with database.watch(
                    _PIPELINE,
                    start_after=None if token is None else _decoded(token),
                    max_await_time_ms=await_ms,
                    batch_size=_BATCH,
                ) as stream:
                    yield stream
            except OperationFailure as error:
                if token is not None and not _is_passing(error):
                    raise CannotContinueError(self._words(error)) from None
                if error.code in _NO_STREAMS or (error.code == UNAUTHORIZED and self._is_logged_in()):
                    raise NoStreamsError(self._words(error)) from None
                raise

    def _words(self, error: OperationFailure) -> str:
        return self._connection.told(error).detail

    def _is_logged_in(self) -> bool:
        """Without a login, not being allowed means that a login is needed for everything."""
        return bool(self._connection.address.user)


def token_of(stream: Stream) -> str:
    """Where a stream stands."""
    return _encoded(stream.resume_token or {})


def event_of(found: Mapping[str, object]) -> Event:
    """An event of a server, understood; one of an unknown kind counts as lost."""
    token = _encoded(_mapping(found.get("_id")))
    kind = found.get("operationType")
    project = str(_mapping(found.get("ns")).get("coll", ""))
    if kind in ("insert", "update", "replace", "delete"):
        key = str(_mapping(found.get("documentKey")).get("_id"))
        return Event(token, Kind.PROJECT if found.get("type") == "project" else Kind.DOCUMENT, project, key)
    if kind in ("drop", "rename"):
        return Event(token, Kind.ANEW, project, str(_mapping(found.get("to")).get("coll", "")))
    return Event(token, Kind.LOST)


def _is_passing(error: OperationFailure) -> bool:
    return error.code in _PASSING or error.has_error_label("ResumableChangeStreamError")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _encoded(token: Mapping[str, object]) -> str:
    return base64.b64encode(bson.encode(token)).decode()


def _decoded(token: str) -> Mapping[str, object]:
    try:
        found: Mapping[str, object] = bson.decode(base64.b64decode(token, validate=True))
    except (BSONError, ValueError):
        raise CannotContinueError("it is no token") from None
    if "_data" not in found:
        raise CannotContinueError("it is no token")
    return found
