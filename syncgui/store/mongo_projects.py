"""Which collections are projects, and the document that says where a project's roots are.

A project is a collection that holds representations or a project's document; one that this user may not
read counts, too, so that it can be explained. The loop asks every few seconds, so answers are kept where
asking is dear: that a large collection is a project, as long as it is there; that it is none, for a
minute; a project's document, for five seconds. Small collections are asked each time. While somebody
follows a change stream and tells what it says, nothing is asked that was not touched, for minutes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from pymongo.errors import OperationFailure

from syncgui.model.edits import MutableDocument
from syncgui.model.representation import Document
from syncgui.store.mongo_connection import UNAUTHORIZED, MongoConnection
from syncgui.store.mongo_ids import text_of
from syncgui.store.mongo_reading import found

_SMALL = 100  # documents: nearly no show of a studio has fewer
_LOOK_AGAIN_S = 60.0
_DOCUMENT_FOR_S = 5.0
_LIST_AGAIN_S = 60.0  # while changes are told; a new collection without a project's documents is not
_TOLD_FOR_S = 300.0  # whatever a stream may have missed
_PROJECT = "project"
_TYPES = ("representation", _PROJECT)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a collection was when it was last looked at."""

    is_project: bool
    is_small: bool
    at_s: float


class MongoProjects:
    """Projects of a database. All methods may be called from several threads."""

    def __init__(self, connection: MongoConnection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._looks: dict[str, _Look] = {}
        self._documents: dict[str, tuple[Document | None, float]] = {}
        self._is_told = False
        self._listed: tuple[list[str], float] | None = None  # while changes are told
        self._heard = 0  # rises with all that is told: an answer may be older than that

    def names(self) -> list[str]:
        """Names of all projects, sorted.

        Raises:
            DatabaseForbiddenError: this user may not list collections.
        """
        listed = self._collections()
        with self._lock:
            self._looks = {name: look for name, look in self._looks.items() if name in listed}
        return [name for name in listed if self._is_project(name)]

    def document(self, project: str) -> Document | None:
        """The project's own document.

        Raises:
            DatabaseForbiddenError: this user may not read the project.
        """
        now_s = self._connection.steady_s()
        with self._lock:
            known = self._documents.get(project)
            look = self._looks.get(project)
            is_told, heard = self._is_told, self._heard
        is_large = look is not None and not look.is_small
        if known is not None:
            kept_s = _DOCUMENT_FOR_S if known[0] is not None else _LOOK_AGAIN_S
            if now_s - known[1] < (_TOLD_FOR_S if is_told else kept_s):
                return known[0]
        with self._connection.asking(project):
            document = self._found(project, known[0] if known is not None else None)
        with self._lock:
            if heard == self._heard and (document is not None or is_large or is_told):
                self._documents[project] = (document, now_s)
        return document

    def _found(self, project: str, known: Document | None) -> Document | None:
        """The document as it is now; by its `_id` as long as it has one: not every project has an index."""
        collection = self._connection.collection(project)
        query = {"type": _PROJECT}
        if known is not None:
            for document in found(collection, {**query, "_id": known["_id"]}):
                return document
        return next(found(collection, query), None)

    def forget_about(self, project: str) -> None:
        """Look anew when asked next: something changed there."""
        with self._lock:
            self._forget(project)
            self._listed = None

    def heard_of(self, project: str, key: str) -> None:
        """A document changed in a collection that was heard of before. `key`: the text of its `_id`."""
        with self._lock:
            document, _ = self._documents.get(project, (None, 0.0))
            look = self._looks.get(project)
            may_be_project_now = look is not None and look.is_small and not look.is_project
            if may_be_project_now or (document is not None and text_of(document) == key):
                self._forget(project)

    def are_told(self, are_told: bool) -> None:
        """Whether `forget_about` and `heard_of` are called, from now on, for all that changes."""
        with self._lock:
            self._heard += 1
            self._is_told = are_told
            self._listed = None
            if are_told:  # what was asked before may have changed before the first that is told
                self._looks.clear()
                self._documents.clear()

    def _forget(self, project: str) -> None:
        self._heard += 1
        self._looks.pop(project, None)
        self._documents.pop(project, None)

    def _collections(self) -> list[str]:
        now_s = self._connection.steady_s()
        with self._lock:
            if self._listed is not None and now_s - self._listed[1] < _LIST_AGAIN_S:
                return self._listed[0]
            heard = self._heard
        listed = sorted(name for name in self._ask_for_collections() if not name.startswith("system."))
        with self._lock:
            if self._is_told and heard == self._heard:
                self._listed = (listed, now_s)
        return listed

    def _ask_for_collections(self) -> list[str]:
        database = self._connection.database
        with self._connection.asking(database.name):
            try:
                return database.list_collection_names(filter={"type": "collection"})
            except OperationFailure as error:
                if error.code != UNAUTHORIZED:
                    raise
                # Who may not list all may be told those that he has a right to, if he asks for names alone.
                return database.list_collection_names(
                    filter={"type": "collection"}, authorizedCollections=True, nameOnly=True
                )

    def _is_project(self, name: str) -> bool:
        now_s = self._connection.steady_s()
        with self._lock:
            look = self._looks.get(name)
            is_told, heard = self._is_told, self._heard
        age_s = now_s - look.at_s if look is not None else 0.0
        if look is not None and is_told and age_s < (_LOOK_AGAIN_S if not look.is_project else _TOLD_FOR_S):
            return look.is_project
        fresh = look is not None and age_s < _LOOK_AGAIN_S
        if look is not None and not look.is_small and (look.is_project or fresh):
            return look.is_project
        with self._connection.asking(name):
            try:
                is_project = self._holds_any(name)
                is_small = look.is_small if look is not None and fresh else self._is_small(name)
            except OperationFailure as error:
                if error.code != UNAUTHORIZED:
                    raise
                is_project, is_small = True, False
        at_s = look.at_s if look is not None and fresh else now_s
        with self._lock:
            if heard == self._heard:
                self._looks[name] = _Look(is_project, is_small, at_s)
        return is_project

    def _holds_any(self, name: str) -> bool:
        query: MutableDocument = {"type": {"$in": list(_TYPES)}}
        return self._connection.collection(name).find_one(query, {"_id": 1}) is not None

    def _is_small(self, name: str) -> bool:
        return self._connection.collection(name).estimated_document_count() <= _SMALL
