"""The sites of a project as the engine reaches them.

A provider is built on first use; a site that can not be built raises its sentence and stops only what
needs it. Sites of several projects with the same settings share one provider.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass

import xxhash

from syncgui.engine.environment import Environment
from syncgui.model.errors import SiteUnknownError
from syncgui.model.paths import PlacedPath, root_folder
from syncgui.providers import lib
from syncgui.providers.abstract_provider import AbstractProvider
from syncgui.providers.local_folder import LocalFolder
from syncgui.settings import ProjectSettings, SiteSettings


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies on a site: the root's folder, and the whole path below the site."""

    root: str
    path: str


class SiteAccess:
    """One site of one project. `key` is equal for two that are the same place, reached the same way."""

    def __init__(self, settings: SiteSettings, provider: AbstractProvider, key: Hashable) -> None:
        self.key = key
        self.name = settings.name
        self.settings = settings
        self.provider = provider

    @property
    def mark(self) -> str:
        """What tells the place apart, over restarts; nothing of its settings can be read from it."""
        return xxhash.xxh3_128_hexdigest(repr(self.key).encode())

    @property
    def slots(self) -> int:
        """How many files at once."""
        return self.settings.slots or self.provider.capabilities.slots

    @property
    def is_folder(self) -> bool:
        """Whether its roots are folders of this machine, written in durable groups."""
        return type(self.provider).local_folder is not AbstractProvider.local_folder

    def place(self, placed: PlacedPath) -> Place:
        """Where a file lies.

        Raises:
            RootUnknownError: the site has no folder for the path's root.
        """
        _, folder = root_folder(placed, self.settings.roots, site=self.name)
        return Place(folder, "/".join((folder.rstrip("/\\"), *placed.parts)))

    def folder(self, placed: PlacedPath) -> LocalFolder | None:
        """The open local root of a path, None where the site is no folder of this machine.

        Raises:
            RootUnknownError: the site has no folder for the path's root.
            SiteNotConnectedError: the folder is not there.
        """
        return self.provider.local_folder(self.place(placed).root)


class SiteAccesses:
    """All sites, built on first use; used from several threads."""

    def __init__(self, environment: Environment) -> None:
        self._files = environment.files
        self._lock = threading.Lock()
        self._providers: dict[Hashable, AbstractProvider] = {}

    def get(self, settings: ProjectSettings, site: str) -> SiteAccess:
        """A project's site.

        Raises:
            SiteUnknownError: the settings do not define it, or define it wrongly.
        """
        found = settings.sites.get(site)
        if found is None:
            wrong = [one.sentence for one in settings.site_problems.get(site, ())]
            raise SiteUnknownError(site=site, detail="; ".join(wrong) or "no site of that name is set up")
        key: Hashable = (
            found.name,
            found.provider,
            tuple(sorted(found.roots.items())),
            found.options.model_dump_json(),
            found.file_mode,
            found.folder_mode,
            found.allowed_link_targets,
        )
        with self._lock:
            provider = self._providers.get(key)
            if provider is None:
                provider = lib.create(
                    found.provider,
                    found.name,
                    found.options,
                    dict(found.roots),
                    files=self._files,
                    file_mode=found.file_mode,
                    folder_mode=found.folder_mode,
                    allowed_link_targets=found.allowed_link_targets,
                )
                self._providers[key] = provider
        return SiteAccess(found, provider, key)

    def close(self) -> None:
        """Let all connections go."""
        with self._lock:
            for provider in self._providers.values():
                provider.close()
            self._providers.clear()
