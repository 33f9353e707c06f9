"""The state file: one SQLite file of this user on this machine, mode 0600.

It keeps what would be lost between a finished transfer and its record: results, where partials lie, the
identity of local roots, and what a person told this machine (pause, wake, what may be moved at all). Several
programs of one user share it; each row of a program's own names its worker, so that only what the dead left
is taken over.
Raises `DatabaseUnreachableError` when the file can not be used.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from syncgui.model.edits import Result
from syncgui.model.errors import DatabaseUnreachableError
from syncgui.state import contacts, ledger, results, resuming, roots, troubles
from syncgui.state.contacts import Answer, ContactKey, Contacts
from syncgui.state.ledger import Attempt
from syncgui.state.results import KeptResult
from syncgui.state.resuming import Partial
from syncgui.state.roots import RootMemory
from syncgui.state.troubles import SiteTrouble

_SCHEMA_VERSION = 4
_BUSY_TIMEOUT_MS = 5_000
_SHARED = "shared:"
_SET_UP_TRIES = 100

_SCHEMA = """
CREATE TABLE IF NOT EXISTS partial (
    id INTEGER PRIMARY KEY, worker TEXT NOT NULL, site TEXT NOT NULL, root TEXT NOT NULL,
    path TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS partial_by_worker ON partial (worker, path, name);
CREATE TABLE IF NOT EXISTS worker (
    worker TEXT PRIMARY KEY, store TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS control (key TEXT PRIMARY KEY, value REAL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Control:
    """What a person told this machine. `paused_until` in epoch seconds, inf: until resumed."""

    paused_until: float | None
    wakes: int

    def is_paused(self, now: float) -> bool:
        """Whether this machine is paused at `now` (epoch seconds)."""
        return self.paused_until is not None and now < self.paused_until


class StateFile:
    """The open state file; its methods may be called from any thread.

    Args:
        path: the file; made, with mode 0600, if it is missing. Its folder is made too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = apsw.Connection(str(path))
            self._db.set_busy_timeout(_BUSY_TIMEOUT_MS)
        self._set_up()

    def _set_up(self) -> None:
        """Bring the file into its form; other programs of this user may be doing the same."""
        with _told(self._path):
            for _ in range(_SET_UP_TRIES):
                try:
                    # The change to WAL does not wait for others by itself.
                    self._db.execute("PRAGMA journal_mode = WAL")
                    break
                except apsw.BusyError:
                    threading.Event().wait(_BUSY_TIMEOUT_MS / 1000 / _SET_UP_TRIES)
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA mmap_size = 0")
        if self._version() != _SCHEMA_VERSION:
            # From the beginning as a writer: a reader that turns into one fails when others wrote meanwhile.
            with self._writing() as db:
                if self._version() > _SCHEMA_VERSION:
                    raise DatabaseUnreachableError(
                        detail=f"{self._path} was written by a newer version of syncgui; install that one"
                    )
                db.execute(_SCHEMA)
                db.execute(results.SCHEMA)
                db.execute(roots.SCHEMA)
                db.execute(contacts.SCHEMA)
                resuming.set_up(db)
                db.execute(troubles.SCHEMA)
                db.execute(ledger.SCHEMA)
                if self._version() == 1:
                    db.execute(contacts.TAKE_OVER)
                db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    def _version(self) -> int:
        with _told(self._path):
            return int(str(self._db.pragma("user_version")))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # -- workers -------------------------------------------------------------------------------------

    def note_worker(self, worker: str, store: str) -> None:
        """Remember that a program of this user works under this name. `store`: identity of its store."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO worker (worker, store) VALUES (?, ?)", (worker, store))

    def workers(self, store: str) -> set[str]:
        """The names under which programs of this user worked on a store, and may have left something."""
        with self._reading() as db:
            rows = db.execute("SELECT worker FROM worker WHERE store = ?", (store,)).fetchall()
        return {str(worker) for (worker,) in rows}

    def drop_worker(self, worker: str) -> None:
        """Forget a worker that is dead and left nothing, or tokens only: those are anybody's then."""
        with self._writing() as db:
            db.execute("DELETE FROM worker WHERE worker = ?", (worker,))
            resuming.free_tokens(db, worker)

    # -- partials ------------------------------------------------------------------------------------

    def note_partials(self, worker: str, partials: Iterable[Partial]) -> None:
        """Remember partials before their first byte is written."""
        with self._writing() as db:
            resuming.note_partials(db, worker, partials)

    def give_up_partials(self, worker: str, partials: Iterable[Partial]) -> None:
        """Let nobody go on with these; they stay noted until they are removed."""
        with self._writing() as db:
            resuming.give_up(db, worker, partials)

    def drop_partials(self, worker: str, partials: Iterable[Partial]) -> None:
        """Forget partials that are renamed or removed."""
        with self._writing() as db:
            resuming.drop_partials(db, worker, partials)

    def partials(self) -> dict[str, list[Partial]]:
        """All partials, by worker."""
        found: dict[str, list[Partial]] = {}
        with self._reading() as db:
            for worker, partial in resuming.partials(db):
                found.setdefault(worker, []).append(partial)
        return found

    def begun(self, site: str, root: str) -> list[tuple[str, Partial]]:
        """Partials below a root that are to be gone on with, with their workers; the latest first."""
        with self._reading() as db:
            return resuming.begun(db, site, root)

    def token_owner(self, place: str, source: str, oldest: float) -> str | None:
        """Which worker has what a provider kept to go on with an upload; "" for nobody, None: nothing is.

        Args:
            place: site and path that the file goes to.
            source: which content it is, as for partials.
            oldest: epoch seconds; an older token counts for nothing.
        """
        with self._reading() as db:
            return resuming.token_owner(db, place, source, oldest)

    def take_token(self, worker: str, place: str, source: str, owner: str, oldest: float) -> str | None:
        """Make the token of `owner` this worker's, and read it; None if somebody else was faster."""
        with self._writing() as db:
            return resuming.take_token(db, worker, place, source, owner, oldest)

    def keep_token(self, worker: str, place: str, source: str, value: str, now: float) -> None:
        """Keep a worker's token in the place of the one before. `now` in epoch seconds."""
        with self._writing() as db:
            resuming.keep_token(db, worker, place, source, value, now)

    def drop_token(self, worker: str, place: str) -> None:
        """Forget a worker's token for a place."""
        with self._writing() as db:
            resuming.drop_token(db, worker, place)

    # -- results -------------------------------------------------------------------------------------

    def keep_results(
        self,
        worker: str,
        project: str,
        ended: Sequence[Result],
        partials: Iterable[Partial] = (),
        attempts: Sequence[Attempt] = (),
    ) -> list[int]:
        """Keep results until the store has them, and forget the partials that they end; their ids.

        Args:
            attempts: what is to be noted of them in the ledger.
        """
        with self._writing() as db:
            if attempts:
                ledger.keep(db, attempts)
            resuming.drop_partials(db, worker, partials)
            return results.keep(db, worker, project, ended)

    def kept_results(self) -> list[KeptResult]:
        """All kept results, oldest first."""
        with self._reading() as db:
            return results.read(db)

    def drop_results(self, ids: Iterable[int]) -> None:
        """Forget results that the store has."""
        with self._writing() as db:
            results.drop(db, ids)

    def attempts(
        self,
        *,
        project: str | None = None,
        representation: str | None = None,
        path: str | None = None,
        limit: int = 50,
    ) -> Sequence[Attempt]:
        """The latest attempts of this machine's programs, the newest first.

        Args:
            project, representation: only theirs.
            path: only those whose path holds this text.
            limit: so many at the most.
        """
        with self._reading() as db:
            return ledger.read(db, project=project, representation=representation, path=path, limit=limit)

    # -- roots ---------------------------------------------------------------------------------------

    def root(self, site: str, folder: str) -> RootMemory | None:
        """Which folder this root was last time, None if it was never used."""
        with self._reading() as db:
            return roots.read(db, site, folder)

    def remember_root(self, site: str, folder: str, memory: RootMemory) -> None:
        """Remember which folder a root is."""
        with self._writing() as db:
            roots.keep(db, site, folder, memory)

    def confirm_shared(self, site: str) -> None:
        """A person says that another machine has this machine's name `site` on purpose."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO control VALUES (?, 1)", (f"{_SHARED}{site}",))

    def is_shared_on_purpose(self, site: str) -> bool:
        """Whether a person said that this machine's name may be another one's, too."""
        with self._reading() as db:
            found = db.execute("SELECT 1 FROM control WHERE key = ?", (f"{_SHARED}{site}",)).fetchone()
        return found is not None

    # -- troubles ------------------------------------------------------------------------------------

    def keep_trouble(self, mark: str, trouble: SiteTrouble) -> None:
        """Remember what is wrong with a site. `mark`: tells the site apart."""
        with self._writing() as db:
            troubles.keep(db, mark, trouble)

    def drop_trouble(self, mark: str) -> None:
        """A site works again."""
        with self._writing() as db:
            troubles.drop(db, mark)

    def trouble(self, mark: str) -> SiteTrouble | None:
        """What was wrong with a site when somebody last worked with it, None for nothing."""
        with self._reading() as db:
            return troubles.read(db, mark)

    # -- control -------------------------------------------------------------------------------------

    def control(self) -> Control:
        """What this machine was told."""
        with self._reading() as db:
            rows = db.execute("SELECT key, value FROM control").fetchall()
        values = {str(key): float(str(value)) for key, value in rows}
        return Control(values.get("paused_until"), int(values.get("wakes", 0)))

    def pause(self, until: float) -> None:
        """Pause this machine until a time in epoch seconds (inf: until resumed), restarts included."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO control VALUES ('paused_until', ?)", (until,))

    def resume(self) -> None:
        """End this machine's pause."""
        with self._writing() as db:
            db.execute("DELETE FROM control WHERE key = 'paused_until'")

    def wake(self) -> None:
        """Ask the running program of this user to look at everything now."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO control VALUES ('wakes', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
            )

    # -- first contacts ------------------------------------------------------------------------------

    def contacts(self, store: str) -> dict[ContactKey, Answer]:
        """What may be moved of a store, as far as it was decided. `store`: its identity."""
        with self._reading() as db:
            return contacts.read(db, store)

    def meet(self, store: str, answers: Contacts) -> None:
        """Keep what a first contact came to; what is answered already stays as it is."""
        with self._writing() as db:
            contacts.write(db, store, answers, replaces=False)

    def answer(self, store: str, answers: Contacts) -> None:
        """Keep what a person answered."""
        with self._writing() as db:
            contacts.write(db, store, answers, replaces=True)

    def note_asked(self, store: str, project: str, representations: Iterable[str]) -> None:
        """Remember that a person asked for representations, where not everything is moved anyway."""
        with self._writing() as db:
            contacts.note_asked(db, store, project, representations)

    def asked(self, store: str, project: str) -> frozenset[str]:
        """The representations of a project that a person asked for."""
        with self._reading() as db:
            return contacts.asked(db, store, project)

    def data_version(self) -> int:
        """A number that changes when another program wrote to the file."""
        with self._reading() as db:
            return int(str(db.pragma("data_version")))

    # -- private -------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        with self._lock, _told(self._path):
            yield self._db

    @contextmanager
    def _writing(self) -> Iterator[apsw.Connection]:
        with self._lock, _told(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what went wrong with the file in the family's own words."""
    try:
        yield
    except (apsw.Error, OSError) as error:
        raise DatabaseUnreachableError(detail=f"the state file {path}: {error}") from error
