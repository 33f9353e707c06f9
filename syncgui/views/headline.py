"""How the program stands, in one shape, one line and one sentence: for the tray and the top of the window.

Pure functions over a `Standing`. What is worst comes first: database and loop, settings, a pause, failed
files, a site in trouble, what moves; only when there is nothing of that "everything synced" is said, and
never before it is known. Names and errors come out as plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from syncgui.engine.route import SyncedProject
from syncgui.model.errors import ViewerError
from syncgui.model.status import Status
from syncgui.views.contact_texts import looking_line, looks_only, only_new
from syncgui.views.figures import clock_text, left_text, speed_text
from syncgui.views.file_counts import FileCounts, working, works
from syncgui.views.idleness import idle_line, idleness
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
    if health.stopped or health.database is not None:
        return Shape.ERROR
    if _idle_everywhere(standing):
        is_wrong = any(idleness(one).is_error for one in standing.projects.values())
        return Shape.ERROR if is_wrong else Shape.WAITING
    if health.paused_until is not None:
        return Shape.PAUSED
    if _looks_everywhere(standing) or ViewerError.code in health.notices:
        return Shape.WAITING
    found = FileCounts.of(standing, _started(standing))
    if found.failed:
        return Shape.ATTENTION
    if health.sites or not found.is_known:
        return Shape.WAITING
    if _is_syncing(standing, found):
        return Shape.SYNCING
    return Shape.WAITING if found.retrying or found.is_active else Shape.SYNCED


def tooltip(standing: Standing, now: float) -> str:
    """One line for the tray. `now`: epoch seconds."""
    worst = _of_everything(standing, now)
    if worst:
        return worst
    found = FileCounts.of(standing, _started(standing))
    moving = _moving_parts(standing.flow, found)
    beside = [moving] if _is_moving(standing.flow, found) else []
    if found.failed:
        said = _failed(found.failed, _main_reason(standing))
        return _joined("; ", [said, *beside])
    if standing.health.sites:
        waiting = _site_waits(standing.health.sites)
        return _joined("; ", [waiting, *beside])
    if not found.is_known:
        return tr("reading the records")
    if not _is_syncing(standing, found) and found.is_active:
        return tr("only new files are synced")
    if found.is_active or found.retrying:
        return moving
    if not found.representations:
        return tr("nothing published yet")
    return _synced(tr("everything synced"), found, standing.checked, now)


def project_sentence(standing: Standing, project: str, now: float) -> str:
    """One sentence for a project, as it stands beside its name. `now`: epoch seconds."""
    one = standing.projects.get(project)
    if one is not None and not works(standing, project) and not _stands_still(standing):
        return _why_idle(standing, one)
    worst = _of_everything(standing, now)
    if worst or one is None:
        return worst or tr("Reading the records")
    if looks_only(standing, project):
        return looking_line(standing, project)
    found = FileCounts.of(standing, [project])
    parts: list[str] = []
    sites = _sites_of(standing, one)
    if found.failed:
        parts.append(_failed(found.failed, standing.reasons.get(project, "")))
    elif sites:
        parts.append(_site_waits(sites))
    elif not found.is_known:
        return tr("Reading the records")
    if found.is_active and only_new(standing, project) and not _is_moving(standing.flow, found):
        parts.append(tr("Only new files are synced"))
    elif found.is_active:
        if not parts or _is_moving(standing.flow, found):
            parts.append(_syncing(standing.flow, found))
    elif found.retrying and not parts:
        parts.append(_retrying(found.retrying))
    if parts:
        return _joined(". ", parts)
    if not found.representations:
        return tr("Nothing published yet")
    return _synced(tr("Everything synced"), found, standing.checked, now)


def failed_files(standing: Standing) -> int:
    """How many files of them have failed, as line and shape count it."""
    return FileCounts.of(standing, standing.projects).failed


def short_reason(sentence: str) -> str:
    """A recorded error in a few words, without the path, short enough for one line."""
    text = reason(sentence)
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1].rstrip() + "…"


# -- private -----------------------------------------------------------------------------------------


def _idle_everywhere(standing: Standing) -> bool:
    return bool(standing.projects) and not any(works(standing, name) for name in standing.projects)


def _stands_still(standing: Standing) -> bool:
    return bool(standing.health.stopped) or standing.health.database is not None


def _looks_everywhere(standing: Standing) -> bool:
    """Whether every project that works here waits for a person's first word."""
    return bool(standing.health.held) and not _started(standing)


def _started(standing: Standing) -> list[str]:
    """The projects of which something may move."""
    return [name for name in working(standing) if not looks_only(standing, name)]


def _is_syncing(standing: Standing, found: FileCounts) -> bool:
    """Whether what is open is going to move: what is old may be left where it is."""
    waits = any(only_new(standing, name) for name in standing.projects)
    return found.is_active and (not waits or _is_moving(standing.flow, found))


def _is_moving(flow: Flow, found: FileCounts) -> bool:
    """Whether something moves now; a speed is an average, and outlasts by seconds what it was of."""
    return found.is_active and bool(flow.uploading or flow.downloading)


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
    if health.paused_until is not None:
        return _paused(health.paused_until, now)
    if ViewerError.code in health.notices:
        return tr("Only looking: the database lets this user change nothing")
    if _looks_everywhere(standing):
        return looking_line(standing, next(iter(health.held)))
    return ""


def _idle_reason(standing: Standing) -> str:
    """Of the project that something has to be put right for, if there is one."""
    idle = [one for one in standing.projects.values() if one.is_served]
    if not idle:
        return tr("No project is synced by this program")
    return _why_idle(standing, min(idle, key=lambda one: not idleness(one).is_error))


def _why_idle(standing: Standing, one: SyncedProject) -> str:
    if not one.is_served:
        return tr("Not synced by this program")
    hitch = standing.health.idle.get(one.name)
    return idle_line(one) or (short_reason(hitch.sentence) if hitch is not None else "")


def _paused(until: float, now: float) -> str:
    if until == float("inf"):
        return tr("Paused on this machine")
    return tr("Paused on this machine until {time}").format(time=clock_text(until, now))


def _failed(files: int, why: str) -> str:
    count = tr_n("%n file failed", "%n files failed", files)
    return tr("{count}: {reason}").format(count=count, reason=why) if why else count


def _main_reason(standing: Standing) -> str:
    """The reason of the project with most failed files."""
    failed = {
        name: standing.totals[name].files.get(Status.FAILED, 0)
        for name in standing.reasons
        if name in standing.totals and works(standing, name)
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


def _moving_parts(flow: Flow, found: FileCounts) -> str:
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
    return tr_n("%n file tries again by itself", "%n files try again by themselves", files)


def _syncing(flow: Flow, found: FileCounts) -> str:
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


def _synced(words: str, found: FileCounts, checked: float | None, now: float) -> str:
    """All is well, but for what can not be synced from here and what somebody paused."""
    but: list[str] = []
    if found.without_source:
        but.append(
            tr_n(
                "%n file that waits for another site",
                "%n files that wait for another site",
                found.without_source,
            )
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
