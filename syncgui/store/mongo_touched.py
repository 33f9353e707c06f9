"""Small documents by which programs of ours tell each other what they wrote, where there is no stream.

They lie in `syncgui.touched`, hold a project, ids and the server's time, and are removed after an hour.
Who has no rights there goes without, and says so once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from syncgui.model.edits import MutableDocument
from syncgui.model.errors import DatabaseForbiddenError, DatabaseUnreachableError
from syncgui.store.mongo_connection import OWN_DATABASE, MongoConnection

NAME = "touched"
KEPT = timedelta(hours=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_OVERLAP = timedelta(seconds=10)  # a note may become visible after a later one
_IDS = 1_000
_CLEAN_EVERY_S = 600.0

_log = logging.getLogger(__name__)


class TouchedNotes:
    """The notes, as one process reads and leaves them. `look` is called by one thread at a time."""

    def __init__(self, connection: MongoConnection) -> None:
        self._connection = connection
        self._own: set[object] = set()
        self._seen: set[object] = set()
        self._cleaned_s = connection.steady_s()
        self._is_forbidden = False
        self.newest = LONG_AGO
        """Server's time of the newest note seen."""

    def leave(self, project: str, raw_ids: Sequence[object]) -> None:
        """Tell the others; what was written is written, whether they can be told or not."""
        try:
            for start in range(0, len(raw_ids), _IDS):
                note = ObjectId()
                self._own.add(note)
                with self._connection.asking(OWN_DATABASE):
                    self._connection.own(NAME).update_one(
                        {"_id": note},
                        {
                            "$set": {"project": project, "ids": list(raw_ids[start : start + _IDS])},
                            "$currentDate": {"at": True},
                        },
                        upsert=True,
                    )
        except DatabaseForbiddenError as error:
            self._tell(error)
        except DatabaseUnreachableError as error:
            _log.info("other programs are not told of an edit: %s", error.sentence)

    def skip(self) -> None:
        """Count what is there as seen.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        last = self._found({}, limit=1)
        at = last[0].get("at") if last else None
        if isinstance(at, datetime):
            self.newest = at
            self._seen = {note["_id"] for note in self._found({"at": {"$gte": at - _OVERLAP}})}

    def look(self, since: datetime | None = None) -> list[tuple[str, str]]:
        """Project and id, as text, of what others touched since the last look, or since a moment.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        begin = self.newest if since is None else since
        before = self._seen if since is None else set()
        found: list[tuple[str, str]] = []
        seen: set[object] = set()
        for note in self._found({"at": {"$gte": begin - _OVERLAP}} if begin > LONG_AGO else {}):
            at, project, ids = note.get("at"), note.get("project"), note.get("ids")
            if not (isinstance(at, datetime) and isinstance(project, str) and isinstance(ids, list)):
                continue
            seen.add(note["_id"])
            self.newest = max(self.newest, at)
            if note["_id"] not in before and note["_id"] not in self._own:
                found.extend((project, str(one)) for one in ids)
        self._own -= seen & self._seen  # from now on they are among those seen
        self._seen = seen
        return found

    def clean(self) -> None:
        """Now and then remove notes that nobody needs any more.

        Raises:
            DatabaseUnreachableError: the server does not answer.
        """
        now_s = self._connection.steady_s()
        if now_s - self._cleaned_s < _CLEAN_EVERY_S:
            return
        self._cleaned_s = now_s
        before = self._connection.server_now() - KEPT
        try:
            with self._connection.asking(OWN_DATABASE):
                self._connection.own(NAME).delete_many({"at": {"$lt": before}})
        except DatabaseForbiddenError as error:
            self._tell(error)

    def _found(self, question: Mapping[str, object], limit: int = 0) -> list[MutableDocument]:
        try:
            with self._connection.asking(OWN_DATABASE):
                return list(self._connection.own(NAME).find(question, sort=[("at", -1)], limit=limit))
        except DatabaseForbiddenError as error:
            self._tell(error)
            return []

    def _tell(self, error: DatabaseForbiddenError) -> None:
        if not self._is_forbidden:
            self._is_forbidden = True
            _log.warning("edits of other machines are seen late: %s", error.sentence)
