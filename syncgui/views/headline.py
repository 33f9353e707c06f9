"""How the program stands, in one shape, one line and one sentence: for the tray and the top of the window.

Pure functions over a `Standing`. What is worst comes first: database and loop, settings, a pause, failed
files, a site in trouble, what moves; only when there is nothing of that "everything synced" is said, and
never before it is known. Names and errors come out as plain text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncgui.engine.route import SyncedProject
from syncgui.model.status import Status
from syncgui.views.figures import clock_text, left_text, speed_text
from syncgui.views.standing import Flow, Hitch, Standing
from syncgui.views.states import reason
from syncgui.views.texts import tr, tr_n

_LONGEST_REASON = 80


class Shape(StrEnum):
    """What the tray's icon looks like."""

    SYNCED = "synced"
    SYNCING = "syncing"
    WAITING = "waiting"
    PAUSED = "paused"
    ATTENTION = "attention"
    ERROR = "error"


def shape(standing: Standing) -> Shape:
    """The one shape for everything."""
    health = standing.health
    if health.stopped or health.database is not None or _idle_everywhere(standing):
        return Shape.ERROR
    if health.paused_until is not None:
        return Shape.PAUSED
    found = _Counts.of(standing, standing.projects)
    if found.failed:
        return Shape.ATTENTION
    if health.sites or not found.is_known:
        return Shape.WAITING
    if found.is_active or _is_moving(standing.flow):
        return Shape.SYNCING
    return Shape.WAITING if found.retrying else Shape.SYNCED


def tooltip(standing: Standing, now: float) -> str:
    """One line for the tray. `now`: epoch seconds."""
    worst = _of_everything(standing, now)
    if worst:
        return worst
    found = _Counts.of(standing, standing.projects)
    moving = _moving_parts(standing.flow, found)
    if found.failed:
        said = _failed(found.failed, _main_reason(standing))
        return _joined("; ", [said, *_now(standing, moving)])
    if standing.health.sites:
        waiting = _site_waits(standing.health.sites)
        return _joined("; ", [waiting, *_now(standing, moving)])
    if not found.is_known:
        return tr("reading the records")
    if found.is_active or found.retrying or _is_moving(standing.flow):
        return moving
    return _synced(tr("everything synced"), found, standing.checked, now)


def project_sentence(standing: Standing, project: str, now: float) -> str:
    """One sentence for a project, as it stands beside its name. `now`: epoch seconds."""
    one = standing.projects.get(project)
    hitch = standing.health.idle.get(project)
    idle = hitch.sentence if hitch is not None else one.idle_reason if one is not None else ""
    if idle and not _stands_still(standing):
        return idle
    worst = _of_everything(standing, now)
    if worst or one is None:
        return worst or tr("Reading the records")
    found = _Counts.of(standing, [project])
    parts: list[str] = []
    sites = _sites_of(standing, one)
    if found.failed:
        parts.append(_failed(found.failed, standing.reasons.get(project, "")))
    elif sites:
        parts.append(_site_waits(sites))
    elif not found.is_known:
        return tr("Reading the records")
    if found.is_active:
        if not parts or _is_moving(standing.flow):
            parts.append(_syncing(standing.flow, found))
    elif found.retrying and not parts:
        parts.append(_retrying(found.retrying))
    return _joined(". ", parts) or _synced(tr("Everything synced"), found, standing.checked, now)


def next_step(standing: Standing, project: str) -> str:
    """What a person can do about a project's sentence, "" when nothing needs to be done."""
    health = standing.health
    if health.database is not None:
        return health.database.next_step
    if health.stopped:
        return tr("It is started again by itself. If it stays, send the log to whoever looks after syncgui.")
    if not standing.projects:
        return tr("Publish something, or choose the database that your studio works with.")
    if project in health.idle:
        return health.idle[project].next_step
    if health.paused_until is not None:
        return tr("Resume, when you like.")
    if _Counts.of(standing, [project]).failed:
        return tr("Look at the failed rows: each says what can be done. Then Retry.")
    one = standing.projects.get(project)
    sites = _sites_of(standing, one) if one is not None else {}
    return _first(sites.values()).next_step if sites else ""


def short_reason(sentence: str) -> str:
    """A recorded error in a few words, without the path, short enough for one line."""
    text = reason(sentence)
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1].rstrip() + "…"


# -- private -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Counts:
    """Files of some projects; those that their settings keep from working do not count as open."""

    failed: int = 0
    queued: int = 0
    moving: int = 0
    retrying: int = 0
    paused: int = 0
    without_source: int = 0
    is_known: bool = False

    @property
    def is_active(self) -> bool:
        """Whether something is on its way, or next."""
        return bool(self.queued or self.moving)

    @classmethod
    def of(cls, standing: Standing, names: Collection[str]) -> _Counts:
        """Of these projects."""
        working = [name for name in names if _works(standing, name)]
        known = [standing.totals[name].files for name in working if name in standing.totals]
        indexed = all(name in standing.totals and standing.totals[name].pair is not None for name in working)

        def count(status: Status) -> int:
            return sum(files.get(status, 0) for files in known)

        return cls(
            failed=count(Status.FAILED),
            queued=count(Status.QUEUED),
            moving=count(Status.IN_PROGRESS),
            retrying=count(Status.RETRYING),
            paused=count(Status.PAUSED),
            without_source=count(Status.NO_SOURCE),
            is_known=bool(working) and indexed,
        )


def _works(standing: Standing, name: str) -> bool:
    one = standing.projects.get(name)
    return one is not None and one.is_served and not one.idle_reason and name not in standing.health.idle


def _idle_everywhere(standing: Standing) -> bool:
    return bool(standing.projects) and not any(_works(standing, name) for name in standing.projects)


def _stands_still(standing: Standing) -> bool:
    return bool(standing.health.stopped) or standing.health.database is not None


def _is_moving(flow: Flow) -> bool:
    return bool(flow.uploading or flow.downloading)


def _of_everything(standing: Standing, now: float) -> str:
    """What holds for all projects and leaves nothing else to say, "" if there is no such thing."""
    health = standing.health
    if health.database is not None:
        since = clock_text(health.database.since, now)
        return tr("Database not reachable since {time}, trying again by itself").format(time=since)
    if health.stopped:
        return health.stopped
    if not standing.projects:
        return tr("No project yet") if standing.checked is not None else tr("Opening the database")
    if _idle_everywhere(standing):
        return _idle_reason(standing)
    return _paused(health.paused_until, now) if health.paused_until is not None else ""


def _idle_reason(standing: Standing) -> str:
    for name, one in standing.projects.items():
        hitch = standing.health.idle.get(name)
        idle = hitch.sentence if hitch is not None else one.idle_reason
        if idle:
            return idle
    return tr("No project is synced by this program")


def _paused(until: float, now: float) -> str:
    if until == float("inf"):
        return tr("Paused on this machine")
    return tr("Paused on this machine until {time}").format(time=clock_text(until, now))


def _failed(files: int, why: str) -> str:
    count = tr_n("%n failed", "%n failed", files)
    return tr("{count}: {reason}").format(count=count, reason=why) if why else count


def _main_reason(standing: Standing) -> str:
    """The reason of the project with most failed files."""
    failed = {
        name: standing.totals[name].files.get(Status.FAILED, 0)
        for name in standing.reasons
        if name in standing.totals and _works(standing, name)
    }
    most = max(failed, key=failed.__getitem__, default="")
    return standing.reasons[most] if most else ""


def _sites_of(standing: Standing, one: SyncedProject) -> dict[str, Hitch]:
    pair = (one.pair.active, one.pair.remote)
    return {name: hitch for name, hitch in standing.health.sites.items() if name in pair}


def _first(hitches: Iterable[Hitch]) -> Hitch:
    return min(hitches, key=lambda one: one.since)


def _site_waits(sites: Mapping[str, Hitch]) -> str:
    why = _at_start(short_reason(_first(sites.values()).sentence))
    more = len(sites) - 1
    if more:
        rest = tr_n("%n more site", "%n more sites", more)
        return tr("{reason}, {more}: waiting, nothing is lost").format(reason=why, more=rest)
    return tr("{reason}: waiting, nothing is lost").format(reason=why)


def _at_start(text: str) -> str:
    return text[:1].upper() + text[1:]


def _now(standing: Standing, moving: str) -> list[str]:
    """What goes on beside something else that is said."""
    return [moving] if _is_moving(standing.flow) else []


def _moving_parts(flow: Flow, found: _Counts) -> str:
    """ "2 uploading, 41 queued, 42 MB/s, about 12 min"."""
    parts: list[str] = []
    if flow.uploading:
        parts.append(tr_n("%n uploading", "%n uploading", flow.uploading))
    if flow.downloading:
        parts.append(tr_n("%n downloading", "%n downloading", flow.downloading))
    if not parts and found.moving:
        parts.append(tr_n("%n in progress", "%n in progress", found.moving))
    if found.queued:
        parts.append(tr_n("%n queued", "%n queued", found.queued))
    if found.retrying:
        parts.append(_retrying(found.retrying))
    speed = flow.up_bytes_per_s + flow.down_bytes_per_s
    if speed > 0:
        parts.append(speed_text(speed))
    if flow.seconds_left is not None:
        parts.append(left_text(flow.seconds_left))
    return _joined(", ", parts)


def _retrying(files: int) -> str:
    return tr_n("%n tries again by itself", "%n try again by themselves", files)


def _syncing(flow: Flow, found: _Counts) -> str:
    """ "Syncing: 42 MB/s up, about 1 h 12 min"."""
    parts: list[str] = []
    if flow.up_bytes_per_s > 0:
        parts.append(tr("{speed} up").format(speed=speed_text(flow.up_bytes_per_s)))
    if flow.down_bytes_per_s > 0:
        parts.append(tr("{speed} down").format(speed=speed_text(flow.down_bytes_per_s)))
    if not parts and found.queued:
        parts.append(tr_n("%n queued", "%n queued", found.queued))
    if not parts:
        parts.append(tr_n("%n in progress", "%n in progress", found.moving))
    if flow.seconds_left is not None:
        parts.append(left_text(flow.seconds_left))
    return tr("Syncing: {parts}").format(parts=_joined(", ", parts))


def _synced(words: str, found: _Counts, checked: float | None, now: float) -> str:
    """All is well, but for what can not be synced from here and what somebody paused."""
    but: list[str] = []
    if found.without_source:
        but.append(
            tr_n("%n that waits for another site", "%n that wait for another site", found.without_source)
        )
    if found.paused:
        but.append(tr_n("%n paused", "%n paused", found.paused))
    if but:
        words = tr("{all} but {exceptions}").format(all=words, exceptions=_joined(", ", but))
    if checked is None:
        return words
    return tr("{words} (checked {time})").format(words=words, time=clock_text(checked, now))


def _joined(separator: str, parts: Iterable[str]) -> str:
    return separator.join(part for part in parts if part)
