"""The lines of text in the detail, from plain values: title, counts, sums, movement, other places.

Pure. Counts come from the table's row and nowhere else, so that both always say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncgui.index import Row
from syncgui.model.status import Direction, Status
from syncgui.views import states
from syncgui.views.figures import date_text, size_text, speed_text
from syncgui.views.file_lines import printable
from syncgui.views.row_details import Details, Elsewhere
from syncgui.views.selection_sums import Sums, sums_of
from syncgui.views.standing import Flow
from syncgui.views.texts import tr, tr_n

_COUNTED = (
    (Status.FAILED, "{count} failed"),
    (Status.IN_PROGRESS, "{count} in progress"),
    (Status.RETRYING, "{count} retrying"),
    (Status.QUEUED, "{count} queued"),
    (Status.PAUSED, "{count} paused"),
    (Status.NO_SOURCE, "{count} waiting"),
    (Status.NOT_REQUESTED, "{count} not on this machine"),
    (Status.NOT_ASKED, "{count} not asked for"),
    (Status.SYNCED, "{count} synced"),
)
_MOVING = {Direction.UPLOAD: "{count} uploading", Direction.DOWNLOAD: "{count} downloading"}


@dataclass(frozen=True, slots=True)
class Movement:
    """How far the moving files of a representation are: a share (0.0 to 1.0) and the same in words."""

    share: float
    text: str


def title(row: Row) -> str:
    """ "sh010 / lookMain"."""
    parts = [printable(part) for part in (row.asset, row.subset) if part]
    return " / ".join(parts) or printable(row.name) or row.representation


def subtitle(row: Row) -> str:
    """ "v012 · exr · 79 files · 33.2 GB"."""
    version = tr("hero") if row.hero else "" if row.version is None else f"v{row.version:03d}"
    files = tr_n("%n file", "%n files", row.files)
    parts = (version, printable(row.name), files, size_text(row.size_bytes))
    return " · ".join(part for part in parts if part)


def summary(row: Row) -> str:
    """ "1 failed · 7 uploading · 71 synced"."""
    return counts_text(sums_of([row]))


def counts_text(sums: Sums) -> str:
    """The same over several rows."""
    parts: list[str] = []
    for status, text in _COUNTED:
        for direction in (*_MOVING, None):
            count = sums.counts.get((status, direction), 0)
            if count:
                word = _MOVING[direction] if direction is not None else text
                parts.append(tr(word).format(count=f"{count:,}"))
    return " · ".join(parts)


def sum_text(sums: Sums) -> str:
    """ "1,204 files · 41 GB" over several rows."""
    files = tr_n("%n file", "%n files", sums.files)
    return f"{files} · {size_text(sums.size_bytes)}"


def movement(row: Row, flow: Flow) -> Movement | None:
    """What of the row moves now; None when nothing does."""
    progress = flow.moving.get((row.project, row.representation))
    if progress is None and not row.files_by_status.get(Status.IN_PROGRESS):
        return None
    direction = row.direction or Direction.UPLOAD
    if progress is not None and (progress.up_bytes or progress.down_bytes):
        direction = Direction.UPLOAD if progress.up_bytes >= progress.down_bytes else Direction.DOWNLOAD
    share = min(states.share(row, progress, direction), 1.0)
    text = tr("Uploading {percent} %") if direction is Direction.UPLOAD else tr("Downloading {percent} %")
    said = text.format(percent=min(states.percent(share), 99))
    speed = flow.up_bytes_per_s if direction is Direction.UPLOAD else flow.down_bytes_per_s
    if progress is None or speed <= 0:
        return Movement(share, said)  # another machine moves it
    if len(flow.moving) == 1:
        return Movement(share, f"{said} · {speed_text(speed)}")
    together = tr("{speed} with all others that move").format(speed=speed_text(speed))
    return Movement(share, f"{said} · {together}")


def also_on_text(details: Details, now: float) -> str:
    """ "Also on: studio (3 May), anna_home"; "" when no other site has it."""
    if not details.also_on:
        return ""
    sites = ", ".join(_site_text(one, details.files, now) for one in details.also_on)
    return tr("Also on: {sites}").format(sites=sites)


def recorded_text(recorded: float | None, now: float) -> str:
    """ "Recorded on 3 May, not checked since"; "" where nothing is recorded."""
    if recorded is None:
        return ""
    return tr("Recorded on {date}, not checked since").format(date=date_text(recorded, now))


def _site_text(one: Elsewhere, files: int, now: float) -> str:
    known: list[str] = []
    if one.files < files:
        known.append(tr("{count} of {of} files").format(count=f"{one.files:,}", of=f"{files:,}"))
    if one.newest is not None:
        known.append(date_text(one.newest, now))
    name = printable(one.site)
    return f"{name} ({', '.join(known)})" if known else name
