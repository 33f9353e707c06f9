"""Reading a MongoDB: projects, a scan that keeps no cursor open, documents by the texts of their ids.

A scan asks for one chunk at a time, each for what comes after the last `_id`: a connection that was lost
between two chunks costs nothing. It sends what syncing needs; `read` gives whole documents.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bson import ObjectId

from syncgui.model.edits import MutableDocument
from syncgui.model.representation import Document
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_ids import LOOKED_THROUGH, candidates, is_hex, text_of
from syncgui.store.mongo_projects import MongoProjects
from syncgui.store.mongo_reading import found
from syncgui.store.mongo_scan import scan

_REPRESENTATION = {"type": "representation"}
_PORTION_IDS = 100


class MongoDocuments:
    """Reading. All methods may be called from several threads; each raises DatabaseUnreachableError.

    Args:
        connection: to the server.
    """

    def __init__(self, connection: MongoConnection) -> None:
        self._connection = connection
        self._projects = MongoProjects(connection)
        self._lock = threading.Lock()
        self._text_ids: dict[str, bool] = {}

    # -- projects ------------------------------------------------------------------------------------

    def projects(self) -> list[str]:
        """Names of the collections that hold representations or a project's document, sorted."""
        return self._projects.names()

    def project_document(self, project: str) -> Document | None:
        """The project's own document, at most five seconds old."""
        return self._projects.document(project)

    def forget_about(self, project: str) -> None:
        """Something changed that may make the collection a project, or concerns its document."""
        self._projects.forget_about(project)

    def heard_of(self, project: str, key: str) -> None:
        """A document changed in a collection that was heard of before. `key`: the text of its `_id`."""
        self._projects.heard_of(project, key)

    def are_told(self, are_told: bool) -> None:
        """Whether `forget_about` and `heard_of` are called, from now on, for all that changes."""
        self._projects.are_told(are_told)

    # -- scan ----------------------------------------------------------------------------------------

    def scan(self, project: str) -> Iterator[Sequence[Document]]:
        """All representations, with the fields that syncing needs, in chunks by `_id`."""
        return scan(self._connection, project)

    # -- documents by id -----------------------------------------------------------------------------

    def read(self, project: str, ids: Sequence[str]) -> list[Document]:
        """The representations of these ids that exist, whole, each once."""
        return list(self._by_text(project, ids, _REPRESENTATION).values())

    def types(self, project: str, ids: Iterable[str]) -> dict[str, str]:
        """The `type` of any documents, by id; an unknown id is left out."""
        documents = self._by_text(project, ids, {}, {"type": 1})
        return {text: _text(document.get("type")) for text, document in documents.items()}

    def raw_ids(self, project: str, ids: Iterable[str]) -> dict[str, object]:
        """The real `_id`s of documents of any type; what is known not to exist is left out.

        24 hex digits are an ObjectId, unless the collection holds texts as ids: then it is asked, as it is
        for every other text.
        """
        texts = list(dict.fromkeys(ids))
        certain: dict[str, object] = {}
        if any(map(is_hex, texts)) and not self._has_text_ids(project):
            certain = {text: ObjectId(text) for text in texts if is_hex(text)}
        unsure = [text for text in texts if text not in certain]
        documents = self._by_text(project, unsure, {}, {"_id": 1})
        return certain | {text: document["_id"] for text, document in documents.items()}

    def children(self, project: str, document_type: str, parent: str | None) -> list[Document]:
        """Documents of a type under a parent (None: under none), without `files`."""
        query: dict[str, object] = {"type": document_type}
        if parent is None:
            query["parent"] = None
        elif is_hex(parent):
            query["parent"] = {"$in": [*candidates(parent), parent]}
        else:
            odd = {"parent": {"$type": list(LOOKED_THROUGH)}}
            query["$or"] = [{"parent": {"$in": candidates(parent)}}, odd]
        with self._connection.asking(project):
            children = found(self._connection.collection(project), query, {"files": 0})
            return [one for one in children if parent is None or str(one.get("parent")) == parent]

    def _has_text_ids(self, project: str) -> bool:
        """Whether texts were `_id`s when this was asked first, or have been met since."""
        with self._lock:
            known = self._text_ids.get(project)
        if known is not None:
            return known
        with self._connection.asking(project):
            collection = self._connection.collection(project)
            known = collection.find_one({"_id": {"$type": "string"}}, {"_id": 1}) is not None
        with self._lock:
            return self._text_ids.setdefault(project, known)

    def _by_text(
        self,
        project: str,
        ids: Iterable[str],
        query: Mapping[str, object],
        projection: Mapping[str, object] | None = None,
    ) -> dict[str, MutableDocument]:
        """Documents by the text of their `_id`; of an ObjectId and a text of the same digits, the former."""
        wanted = set(ids)
        documents: dict[str, MutableDocument] = {}
        if not wanted:
            return documents

        def gather(values: Sequence[object]) -> None:
            collection = self._connection.collection(project)
            for first in range(0, len(values), _PORTION_IDS):
                portion = values[first : first + _PORTION_IDS]
                for one in found(collection, {**query, "_id": {"$in": portion}}, projection):
                    # Numbers of different types are equal to a server, and have different texts.
                    if text_of(one) in wanted:
                        documents.setdefault(text_of(one), one)

        with self._connection.asking(project):
            gather([value for text in wanted for value in candidates(text)])
            missing = wanted - documents.keys()
            if missing:
                gather([text for text in missing if is_hex(text)])
                gather(self._looked_up(project, {text for text in missing if not is_hex(text)}))
        if any(is_hex(text) and isinstance(one["_id"], str) for text, one in documents.items()):
            with self._lock:
                self._text_ids[project] = True
        return documents

    def _looked_up(self, project: str, texts: set[str]) -> list[object]:
        """The odd `_id`s of the collection that have these texts."""
        if not texts:
            return []
        odd = found(
            self._connection.collection(project), {"_id": {"$type": list(LOOKED_THROUGH)}}, {"_id": 1}
        )
        return [one["_id"] for one in odd if text_of(one) in texts]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
