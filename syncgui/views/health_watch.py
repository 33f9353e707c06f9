"""What keeps the program, a site or a project from syncing, gathered from what the loop tells.

Plain rules without Qt. The loop tells of a trouble once, when it begins, and once when it is over; what it
will never call over, since the site or project it was about is gone or was set up anew, is forgotten here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from syncgui.engine.events import Event, Idle, Looking, Notice, Paused, Reloaded, Trouble
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import RootUnknownError
from syncgui.settings import SiteSettings
from syncgui.views.idleness import partner_words
from syncgui.views.standing import Health, Hitch


class HealthWatch:
    """Gathers `Health`. Times are epoch seconds. One thread."""

    def __init__(self) -> None:
        self.health = Health()
        self._codes: dict[str, str] = {}
        self._projects: Mapping[str, SyncedProject] = {}

    def take(self, event: Event, now: float) -> None:
        """Learn from an event."""
        match event:
            case Trouble(site=""):
                self.health = replace(self.health, database=_hitch(event, self.health.database, now))
            case Trouble():
                self._codes[event.site] = event.code
                sites = _changed(self.health.sites, event.site, event, now)
                self.health = replace(self.health, sites=sites)
            case Idle():
                idle = _changed(self.health.idle, event.project, self._plainer(event), now)
                self.health = replace(self.health, idle=idle)
            case Notice():
                notices = _changed(self.health.notices, event.code, event, now)
                self.health = replace(self.health, notices=notices)
            case Paused():
                self.paused(event.until)
            case Looking():
                self.health = replace(self.health, held=event.projects)
            case Reloaded():
                self._reloaded(event.projects)
            case _:
                pass

    def paused(self, until: float | None) -> None:
        """This machine's pause is that now."""
        if until != self.health.paused_until:
            self.health = replace(self.health, paused_until=until)

    def died(self, sentence: str) -> None:
        """The loop ended; what it knew went with it, but for the pause."""
        self.health = Health(stopped=sentence, paused_until=self.health.paused_until)

    def revived(self) -> None:
        """Another loop runs."""
        self.health = replace(self.health, stopped="")

    def _plainer(self, event: Idle) -> Idle:
        """A missing partner is a choice, said in the words of the window, not of the settings' keys."""
        one = self._projects.get(event.project)
        sentence, next_step = partner_words(one) if one is not None and event.sentence else ("", "")
        return replace(event, sentence=sentence, next_step=next_step) if sentence else event

    def _reloaded(self, projects: Mapping[str, SyncedProject]) -> None:
        before, self._projects = self._projects, projects
        sites = {
            name: hitch
            for name, hitch in self.health.sites.items()
            if self._codes.get(name) != RootUnknownError.code  # told again if it is still so
            and _is_as_before(name, before, projects)
        }
        idle = {name: hitch for name, hitch in self.health.idle.items() if name in projects}
        if sites != self.health.sites or idle != self.health.idle:
            self.health = replace(self.health, sites=sites, idle=idle)


def _is_as_before(site: str, before: Mapping[str, SyncedProject], now: Mapping[str, SyncedProject]) -> bool:
    """Whether every place that a site was is one still: of a new place the loop tells by itself."""
    places = _places(site, now)
    return bool(places) and all(one in places for one in _places(site, before))


def _places(site: str, projects: Mapping[str, SyncedProject]) -> list[SiteSettings | None]:
    pairs = [(one.settings.sites.get(site), one.pair) for one in projects.values()]
    return [settings for settings, pair in pairs if site in (pair.active, pair.remote)]


def _changed(
    hitches: Mapping[str, Hitch], name: str, event: Trouble | Idle | Notice, now: float
) -> dict[str, Hitch]:
    found = dict(hitches)
    hitch = _hitch(event, found.pop(name, None), now)
    return {**found, name: hitch} if hitch is not None else found


def _hitch(event: Trouble | Idle | Notice, before: Hitch | None, now: float) -> Hitch | None:
    if not event.sentence:
        return None
    return Hitch(event.sentence, event.next_step, before.since if before is not None else now)
