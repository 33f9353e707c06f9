"""The sites of the projects that are served now: built on first use, told apart, asked what they bear."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from syncgui.engine.route import Route, SyncedProject
from syncgui.engine.site_access import SiteAccess, SiteAccesses
from syncgui.model.errors import CancelledError, SyncError


class SitesInUse:
    """Sites by project and name. Told of projects by the loop's thread, asked by slots, too."""

    def __init__(self, accesses: SiteAccesses) -> None:
        self._accesses = accesses
        self._projects: Mapping[str, SyncedProject] = {}
        self._built: dict[tuple[str, str], SiteAccess] = {}

    def use_projects(self, projects: Mapping[str, SyncedProject]) -> None:
        """Work with these projects from now on."""
        self._projects = dict(projects)
        self._built.clear()

    def access(self, project: str, site: str) -> SiteAccess:
        """A site of a project.

        Raises:
            SyncError: it can not be built, or the project is not synced any more.
        """
        access = self._built.get((project, site))
        if access is None:
            found = self._projects.get(project)
            if found is None:
                raise CancelledError(path=project)
            access = self._built[project, site] = self._accesses.get(found.settings, site)
        return access

    def key_of(self, project: str, site: str) -> Hashable:
        """What tells a site apart: its settings, or its name where it can not be built."""
        try:
            return self.access(project, site).key
        except SyncError:
            return project, site

    def slots_of(self, project: str, site: str) -> int:
        """How many groups at once a site bears."""
        try:
            return self.access(project, site).slots
        except SyncError:
            return 1  # a site that can not be built bears one file: whoever tries it is told why

    def takes_groups(self, route: Route) -> bool:
        """Whether files of a route travel in groups: they share flushes, or questions what is there."""
        try:
            sites = [self.access(route.project, site) for site in (route.source, route.target)]
        except SyncError:
            return False
        return all(one.is_folder or one.provider.capabilities.looks_up_together > 1 for one in sites)
