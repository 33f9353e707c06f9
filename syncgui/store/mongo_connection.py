"""The connection to a MongoDB: one client per store, and what goes wrong told in our own words.

Nothing is asked of the server before it is needed; the driver finds the primary again by itself. Writes
are acknowledged by a majority and journalled. Documents are read as `bson_documents` reads them.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from pymongo import MongoClient, ReadPreference
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    ConfigurationError,
    InvalidOperation,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)
from pymongo.write_concern import WriteConcern

from syncgui.model.edits import MutableDocument
from syncgui.model.errors import (
    DatabaseForbiddenError,
    DatabaseLoginError,
    DatabaseUnreachableError,
    DatabaseUnsupportedError,
)
from syncgui.store.bson_documents import OPTIONS
from syncgui.store.mongo_address import MongoAddress

OWN_DATABASE = "syncgui"
TIMEOUT_S = 5.0
"""How long a server that does not answer is waited for."""

UNAUTHORIZED = 13
_LOGIN_CODES = (11, 18, 33, 334, 8000)
_LOGIN_WORDS = "authentication failed"
_SOCKET_TIMEOUT_S = 20.0
_WRITE_TIMEOUT_MS = 10_000
_LOCAL_TIME_FOR_S = 30.0

_log = logging.getLogger(__name__)


class MongoConnection:
    """A client for one address. All methods may be called from several threads.

    Args:
        address: where the server is.
        steady_s: a clock that never jumps and counts suspend, seconds.
        timeout_s: seconds to wait for a server.

    Raises:
        DatabaseUnsupportedError: the driver refuses the address.
    """

    def __init__(
        self, address: MongoAddress, *, steady_s: Callable[[], float], timeout_s: float = TIMEOUT_S
    ) -> None:
        self.address = address
        self.steady_s = steady_s
        self._closed = threading.Event()
        self._time_lock = threading.Lock()
        self._time: tuple[datetime, float] | None = None
        wait_ms = round(timeout_s * 1000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unknown options were told when the address was read
            try:
                self._client: MongoClient[MutableDocument] = MongoClient(
                    address.uri,
                    appname="syncgui",
                    connect=False,
                    serverSelectionTimeoutMS=wait_ms,
                    connectTimeoutMS=wait_ms,
                    socketTimeoutMS=round(_SOCKET_TIMEOUT_S * 1000),
                )
            except (PyMongoError, ValueError, OSError) as error:  # the last for files that it names
                raise self._refused(error) from None
        self._concern = WriteConcern(w="majority", j=True, wtimeout=_WRITE_TIMEOUT_MS)

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed.is_set()

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until `close` is called, at most so many seconds; whether it was."""
        return self._closed.wait(timeout_s)

    def close(self) -> None:
        """End the connection. Doing so again is no error."""
        self._closed.set()
        self._client.close()

    # -- what is asked -------------------------------------------------------------------------------

    @property
    def database(self) -> Database[MutableDocument]:
        """The database of the projects."""
        return self._database(self.address.database)

    def collection(self, project: str) -> Collection[MutableDocument]:
        """A project's documents."""
        return self.database.get_collection(project)

    def own(self, name: str) -> Collection[MutableDocument]:
        """A collection of ours, beside the projects' database."""
        return self._database(OWN_DATABASE).get_collection(name)

    def _database(self, name: str) -> Database[MutableDocument]:
        # Whatever the address prefers: a read-back from a server that lags would decide wrongly.
        return self._client.get_database(
            name, codec_options=OPTIONS, write_concern=self._concern, read_preference=ReadPreference.PRIMARY
        )

    def server_now(self) -> datetime:
        """The server's time, aware UTC: asked now and then, and counted on by the steady clock.

        Raises:
            DatabaseUnreachableError: it was not asked yet, or long ago, and the server does not answer.
        """
        with self._time_lock:
            known = self._time
        if known is None or self.steady_s() - known[1] > _LOCAL_TIME_FOR_S:
            with self.asking():
                answer = self._client.admin.command("hello")
            local = answer["localTime"]
            known = (local if local.tzinfo else local.replace(tzinfo=UTC), self.steady_s())
            with self._time_lock:
                self._time = known
        return known[0] + timedelta(seconds=self.steady_s() - known[1])

    def note_server_time(self, moment: datetime, answered_s: float) -> None:
        """Remember the server's time that an answer held.

        Args:
            moment: aware UTC.
            answered_s: steady seconds when the answer came; by a slow one no worker looks older than it is.
        """
        with self._time_lock:
            self._time = (moment, answered_s)

    # -- what goes wrong -----------------------------------------------------------------------------

    @contextmanager
    def asking(self, where: str = "") -> Iterator[None]:
        """Say what goes wrong in the family's own words, without secrets.

        Args:
            where: the project, or the database, that is worked in; for what is not allowed.

        Raises:
            DatabaseUnreachableError: or one of its kinds.
        """
        try:
            if self._closed.is_set():
                raise DatabaseUnreachableError(detail=f"{self.address.shown} is closed")
            yield
        except PyMongoError as error:
            raise self.told(error, where) from None

    def told(self, error: Exception, where: str = "") -> DatabaseUnreachableError:
        """An error of the driver as one of ours."""
        place = self.address.shown
        words = self.address.without_secrets(_first_sentence(error))
        if self._closed.is_set() or isinstance(error, InvalidOperation):
            return DatabaseUnreachableError(detail=f"{place} is closed")
        if isinstance(error, OperationFailure):
            if error.code in _LOGIN_CODES or (error.code == UNAUTHORIZED and not self.address.user):
                return DatabaseLoginError(detail=f"{place}: {words}")
            if error.code == UNAUTHORIZED:
                return DatabaseForbiddenError(path=where or self.address.database, detail=words)
        if isinstance(error, ServerSelectionTimeoutError) and _LOGIN_WORDS in str(error).lower():
            return DatabaseLoginError(detail=f"{place}: {_LOGIN_WORDS}")
        if isinstance(error, ConfigurationError) and not self.address.is_looked_up:
            return self._refused(error)
        if isinstance(error, NetworkTimeout | WTimeoutError):
            return DatabaseUnreachableError(detail=f"{place} does not answer in time")
        return DatabaseUnreachableError(detail=f"{place}: {words}")

    def _refused(self, error: Exception) -> DatabaseUnsupportedError:
        words = self.address.without_secrets(_first_sentence(error))
        return DatabaseUnsupportedError(detail=f"The address {self.address.shown} can not be used: {words}")


def _first_sentence(error: Exception) -> str:
    """What the driver says, without the configuration, topology and whole command that it adds."""
    words = str(error)
    for end in (
        " (configured timeouts",
        ", full error",
        ", Timeout:",
        ", Topology Description",
        " to execute command",
    ):
        words = words.split(end, 1)[0]
    return words
