"""Where the parts are put together: one object for every command, the tray and the service.

Nothing is opened before it is needed; `close` closes what was opened. No Qt here.
"""

from __future__ import annotations

import getpass
import logging
import os
import random
import socket
import sys
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import platformdirs
import xxhash

from syncgui.engine.doctor import Doctor
from syncgui.engine.environment import Environment, real_environment
from syncgui.engine.events import Listener
from syncgui.engine.loop import Identity, Loop
from syncgui.engine.neighbours import own_names, shared_names
from syncgui.engine.rights import living
from syncgui.engine.route import Refusal, SyncedProject
from syncgui.index import Index, Indexer
from syncgui.model.errors import DatabaseForbiddenError, LocalIdSharedError
from syncgui.model.representation import Document
from syncgui.model.status import Pair
from syncgui.providers import lib
from syncgui.settings import Places, Problem, ProjectSettings, Settings, platform_of
from syncgui.settings.gathering import settings_files
from syncgui.settings.places import APPLICATION, HOME_VARIABLE, SETTINGS_VARIABLE
from syncgui.start_choices import StartChoices, keep_start_choices
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store
from syncgui.store.opening import MOUNTS, network_kind, open_store
from syncgui.store.schemes import is_server

DATABASE_VARIABLES = ("SYNCGUI_DATABASE", "AVALON_MONGO", "OPENPYPE_MONGO")
DATABASE_NAME_VARIABLE = "AVALON_DB"
_CATCH_UP_S = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What every command may be told: where this user's files are, the settings, the database."""

    home: Path | None = None
    settings: Path | None = None
    database: str | None = None


T = TypeVar("T")


class _part(cached_property[T]):  # noqa: N801 - it stands as a decorator
    """A part that is opened when it is first asked for, and once, whichever threads ask at that moment.

    Each has a lock of its own: nobody who wants the state waits for a database that does not answer.
    """

    if not TYPE_CHECKING:

        def __get__(self, application: Application | None, owner: type[Application] | None = None) -> object:
            if application is None:
                return self
            with application._opening[self.attrname]:
                return super().__get__(application, owner)


class Application:
    """The parts, put together for one run of the program.

    Args:
        variables: the environment's variables; `demo` gives none.
        create_database: whether a database that is not there is made.
        create_default: whether at least the default one is made, which is used where none is named.
    """

    def __init__(
        self,
        options: Options,
        variables: Mapping[str, str],
        *,
        create_database: bool = True,
        create_default: bool = False,
        environment: Environment | None = None,
    ) -> None:
        self._options = options
        self._variables = dict(variables)
        self._create_database = create_database
        self._create_default = create_default
        self.environment = environment or real_environment()
        self.host = socket.gethostname()
        self.user = _user()
        places = Places.of(options.home, options.settings, variables, self.host)
        self._start = StartChoices.load(places.config_dir)
        self._has_named_settings = bool(options.settings or variables.get(SETTINGS_VARIABLE, "").strip())
        if not self._has_named_settings and self._start.settings:
            places = replace(places, settings_dir=self._start.settings)
        self.places = places
        self._opened: list[Store | Index | StateFile] = []
        self._opening = {name: threading.RLock() for name in ("settings", "store", "state", "index")}

    def close(self) -> None:
        """Close what was opened, the last first."""
        while self._opened:
            self._opened.pop().close()

    @property
    def arguments(self) -> list[str]:
        """Options of the command line that lead to the same again; the address of a server, which may
        hold a password, is left out: environment or first start name it.
        """
        given = self._options
        found: list[str] = []
        for option, value in (("--home", given.home), ("--settings", given.settings)):
            if value is not None:
                found += [option, str(value.absolute())]
        if given.database and not is_server(given.database):
            found += ["--database", given.database]
        return found

    @property
    def home_arguments(self) -> list[str]:
        """The option that leads to this user's files, where they are not in their usual place."""
        home = self._options.home or self._variables.get(HOME_VARIABLE, "").strip()
        return ["--home", str(Path(home).expanduser().absolute())] if home else []

    def keep_for_next_start(self) -> None:
        """Keep what options and environment say now, for starts that will have neither.

        Raises:
            SettingsError: it can not be written.
        """
        keep_start_choices(
            self.places.config_dir,
            settings=self.places.settings_dir if self._has_named_settings else None,
            database=self.named_database,
        )

    def again(self) -> Application:
        """The same, looked at anew and not opened: after start choices or settings were written."""
        return Application(
            self._options,
            self._variables,
            create_database=self._create_database,
            create_default=self._create_default,
            environment=self.environment,
        )

    # -- parts ---------------------------------------------------------------------------------------

    @property
    def database(self) -> str:
        """Address of the database: the one that is named, else the embedded file."""
        return self.named_database or f"sqlite:///{self.places.default_database}"

    @property
    def named_database(self) -> str | None:
        """The database that option, environment or first start name, in this order; None: none of them."""
        return self._said_database or self._start.database

    @property
    def _said_database(self) -> str | None:
        if self._options.database:
            return self._options.database
        return next((self._variables[name] for name in DATABASE_VARIABLES if self._variables.get(name)), None)

    @property
    def start_problem(self) -> Problem | None:
        """Why it is not known what was chosen at the first start, if nothing else says it now.

        The default settings and database are used then; nobody should work on them unknowingly.
        """
        if self._start.settings_problem and not self._has_named_settings:
            return self._start.settings_problem
        return None if self._said_database else self._start.database_problem

    def has_settings(self) -> bool:
        """Whether any settings file is there, be it right or wrong."""
        return any(path.is_file() for path in settings_files(self.places.settings_dir))

    def open_store(self, *, create: bool) -> Store:
        """The database, opened once more, for who closes it again.

        Args:
            create: whether a file that is not there is made.

        Raises:
            DatabaseUnreachableError: it can not be used.
        """
        return open_store(
            self.database,
            create=create,
            database_name=self._variables.get(DATABASE_NAME_VARIABLE) or None,
            worker_lock_dir=self.places.worker_lock_dir,
            steady_s=self.environment.clock.steady_s,
        )

    @_part
    def settings(self) -> Settings:
        """The settings as they were when they were first asked for."""
        return self.load_settings()

    def load_settings(self) -> Settings:
        """The settings as they are now."""
        return Settings.load(
            self.places,
            environment=self._variables,
            provider_models=lib.settings_models(),
            planned_providers=lib.planned(),
            platform=platform_of(sys.platform),
            random=random.Random(),
        )

    @_part
    def store(self) -> Store:
        """The open store."""
        store = self.open_store(
            create=self._create_database or (self._create_default and not self.named_database)
        )
        self._opened.append(store)
        return store

    @cached_property
    def state_dir(self) -> Path:
        """Where state and index lie: on a disk of this machine, whatever the home folder is on."""
        return on_local_disk(self.places.state_dir, self.host)

    @_part
    def state(self) -> StateFile:
        """The open state file."""
        state = StateFile(self.state_dir / "state.sqlite")
        self._opened.append(state)
        return state

    @_part
    def index(self) -> Index:
        """The open index of this database."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        # One index per database: programs of one user may work on several.
        name = f"index-{xxhash.xxh3_64_hexdigest(self.store.identity.encode())}.sqlite"
        index = Index(self.state_dir / name, identity=self.store.identity)
        self._opened.append(index)
        return index

    def project(self, name: str) -> ProjectSettings:
        """What holds for one project; without its own document's roots where that may not be read."""
        try:
            document = self.store.project_document(name)
        except DatabaseForbiddenError:
            document = None
        return self.settings.project(name, document)

    def projects(self, names: Collection[str] = ()) -> dict[str, SyncedProject]:
        """The store's projects, or those of these names that it has."""
        return Projects(self, names).load()

    def loop(
        self,
        listener: Listener,
        *,
        names: Collection[str] = (),
        active_site: str | None = None,
        remote_site: str | None = None,
        jobs: int | None = None,
        agreed: bool = False,
    ) -> Loop:
        """The loop over some or all projects, for the settings' pair or another one.

        `agreed`: everything starts, however much waits at this machine's first contact.
        """
        return Loop(
            store=self.store,
            index=self.index,
            state=self.state,
            projects=Projects(self, names, active_site, remote_site),
            environment=self.environment,
            identity=Identity(self.host, self.user, self.settings.local_id, os.getpid()),
            listener=listener,
            jobs=jobs,
            agreed=agreed,
        )

    def shared_names(self) -> dict[str, LocalIdSharedError]:
        """Names of this machine that another live machine has, too, and nobody said that it is right."""
        names = own_names(self.projects().values())
        return shared_names(self.store.workers(), self.host, names, self.state.is_shared_on_purpose)

    def doctor(self) -> Doctor:
        """The one who knows why something is not synced."""
        return Doctor(self.store, self.index, self.state, self.environment, self.host)

    def catch_up(self, projects: Mapping[str, SyncedProject]) -> float | None:
        """Bring the index up to the store; None when it is, else the epoch seconds it is as of."""
        if self.index.become_writer():
            indexer = Indexer(
                self.index,
                self.store,
                is_alive=living(self.store),
                wall_clock=self.environment.clock.wall_s,
            )
            indexer.set_views({name: one.view for name, one in projects.items()})
            refused = {name for name, one in projects.items() if one.refusal is not None}
            while True:
                indexer.leave_alone(refused)
                try:
                    while indexer.catch_up().more or indexer.work(_CATCH_UP_S):
                        pass
                except DatabaseForbiddenError as error:
                    if error.path not in projects or error.path in refused:
                        raise
                    refused.add(error.path)
                else:
                    break
            indexer.recheck_workers()
            return None
        # Another program of this user writes the index; give it time to get to where the store is.
        asked_s = self.environment.clock.wall_s()
        never = self.environment.signal()
        end_s = self.environment.clock.steady_s() + _CATCH_UP_S
        while self.environment.clock.steady_s() < end_s:
            as_of = self.index.as_of()
            at_head = self.store.same_place(self.index.cursor(), self.store.head())
            reached = at_head or (as_of is not None and as_of > asked_s)
            # A project that has just come is in the index only once its writer looks at it.
            readable = [name for name, one in projects.items() if one.refusal is None]
            if reached and all(self.index.totals(name).pair for name in readable):
                return None
            never.wait(0.02)
        return self.index.as_of()


class Projects:
    """The store's projects with their settings, read again when either changed."""

    def __init__(
        self,
        application: Application,
        names: Collection[str] = (),
        active_site: str | None = None,
        remote_site: str | None = None,
    ) -> None:
        self._application = application
        self._names = frozenset(names)
        self._active_site = active_site
        self._remote_site = remote_site
        self._settings: Settings | None = None
        self._known: tuple[dict[str, Document | None], dict[str, Refusal]] | None = None

    def changed(self) -> bool:
        """Whether a settings file, a project or the list of projects changed since it was looked at."""
        if self._settings is None or self._settings.stamp.changed():
            return True
        return self._look() != self._known

    def load(self) -> dict[str, SyncedProject]:
        """The projects that are served, by name."""
        return {name: one for name, one in self.every().items() if one.is_served}

    def every(self) -> dict[str, SyncedProject]:
        """All projects of the store, by name; those of other names than ours are not served."""
        if self._settings is None or self._settings.stamp.changed():
            self._settings = self._application.load_settings()
        self._known = self._look()
        documents, refusals = self._known
        found: dict[str, SyncedProject] = {}
        for name, document in documents.items():
            own = self._settings.project(name, document)
            served = own
            if self._active_site is not None or self._remote_site is not None:
                served = self._settings.project(
                    name, document, active_site=self._active_site, remote_site=self._remote_site
                )
            is_served = not self._names or name in self._names
            pair = Pair(own.active_site, own.remote_site)
            found[name] = SyncedProject(served, pair, is_served, refusals.get(name))
        return found

    @property
    def local_id(self) -> str:
        """This machine's name, as of the last `every`."""
        return (self._settings or self._application.settings).local_id

    def _look(self) -> tuple[dict[str, Document | None], dict[str, Refusal]]:
        """All projects, each with its own document, where its roots may stand, and those that are refused."""
        store = self._application.store
        documents: dict[str, Document | None] = {}
        refusals: dict[str, Refusal] = {}
        for name in store.projects():
            documents[name] = None
            try:
                documents[name] = store.project_document(name)
            except DatabaseForbiddenError as error:
                refusals[name] = Refusal.of(error)
        return documents, refusals


def on_local_disk(folder: Path, host: str, mounts: Path = MOUNTS) -> Path:
    """The folder, or one in this user's cache folder where it lies on a network file system; says so."""
    kind = network_kind(folder, mounts)
    if kind is None:
        return folder
    name = xxhash.xxh3_64_hexdigest(os.fsencode(folder))
    local = platformdirs.user_cache_path(APPLICATION, appauthor=False) / host / name
    _log.warning("%s lies on a network drive (%s), where SQLite is not safe: using %s", folder, kind, local)
    return local


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
