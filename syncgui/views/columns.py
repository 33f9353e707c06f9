"""The columns of the status table: titles, widths, ways to sort, and what stands in each cell.

Pure functions of plain values, so any thread may ask: the copy of many rows is written elsewhere than in
the thread of the windows. A site's cell says one of three things: complete and since when, how far it is
while it moves, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from syncgui.engine.route import SyncedProject
from syncgui.index import Row
from syncgui.model.sites import DEFAULT_PRIORITY
from syncgui.model.status import Direction, Status
from syncgui.views.figures import age_text, clock_text, size_text
from syncgui.views.standing import Health, Progress
from syncgui.views.states import FRESH_S, State, percent, sentence, share, shown_state, status_of
from syncgui.views.texts import tr, tr_n

ROW_HEIGHT = 26
PADDING = 8


class Column(IntEnum):
    """The columns, in the order in which they stand at first."""

    ASSET = 0
    SUBSET = 1
    VERSION = 2
    NAME = 3
    ACTIVE = 4
    REMOTE = 5
    FILES = 6
    SIZE = 7
    STATUS = 8


WIDTHS: Mapping[Column, int] = MappingProxyType({
    Column.ASSET: 156, Column.SUBSET: 134, Column.VERSION: 56, Column.NAME: 64, Column.ACTIVE: 140,
    Column.REMOTE: 140, Column.FILES: 62, Column.SIZE: 74, Column.STATUS: 240,
})  # fmt: skip
"""Widths at first, in device-independent pixels; Status takes what is left."""

SORTS: Mapping[Column, str] = MappingProxyType({
    Column.ASSET: "asset", Column.SUBSET: "subset", Column.VERSION: "version", Column.NAME: "name",
    Column.ACTIVE: "active", Column.REMOTE: "remote", Column.FILES: "files", Column.SIZE: "size",
    Column.STATUS: "status",
})  # fmt: skip
"""The index's way to sort by each column."""

NUMBERS = frozenset({Column.FILES, Column.SIZE})
"""Columns that stand at the right."""

SITES: Mapping[Column, Direction] = MappingProxyType(
    {Column.ACTIVE: Direction.DOWNLOAD, Column.REMOTE: Direction.UPLOAD}
)
"""The columns of sites, and the direction in which files come to them."""

_TITLES = {
    Column.ASSET: "Asset",
    Column.SUBSET: "Subset",
    Column.VERSION: "Ver.",
    Column.NAME: "Repr.",
    Column.FILES: "Files",
    Column.SIZE: "Size",
    Column.STATUS: "Status",
}
_FULL_TITLES = {
    Column.ASSET: "Asset, its sequence beside it",
    Column.VERSION: "Version",
    Column.NAME: "Representation",
    Column.FILES: "Files on both sites, of all",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What cells need to know besides their row.

    Args:
        project: whose rows they are; None while that is not known.
        health: what keeps things from syncing.
        moving: bytes under way, by project and representation.
    """

    project: SyncedProject | None = None
    health: Health = field(default_factory=Health)
    moving: Mapping[tuple[str, str], Progress] = field(default_factory=dict)

    def site(self, column: Column) -> str:
        """The site of a column, "" when there is none."""
        if self.project is None:
            return ""
        pair = self.project.shown
        return pair.active if column is Column.ACTIVE else pair.remote or ""

    def provider(self, column: Column) -> str:
        """The code of that site's provider, "" when it is not known."""
        sites = self.project.settings.sites if self.project is not None else {}
        site = sites.get(self.site(column))
        return site.provider if site is not None else ""

    def progress(self, row: Row) -> Progress | None:
        """Bytes of a row under way here."""
        return self.moving.get((row.project, row.representation))


@dataclass(frozen=True, slots=True)
class SiteCell:
    """A site's cell: complete with the age as text, moving with a share, or neither.

    `fresh`: it came just now.
    """

    text: str = ""
    complete: bool = False
    fresh: bool = False
    share: float | None = None


@dataclass(frozen=True, slots=True)
class StatusCell:
    """The Status cell: icon, sentence, and 1 or -1 where the priority is raised or lowered."""

    state: State
    text: str
    priority: int = 0


def title(column: Column, scene: Scene) -> str:
    """What the header says: of a site its name, and whose it is."""
    if column not in SITES:
        return tr(_TITLES[column])
    site = scene.site(column)
    if column is Column.ACTIVE:
        return tr("{site} · this machine").format(site=site) if site else tr("This machine")
    return tr("{site} · remote").format(site=site) if site else tr("Remote")


def full_title(column: Column, scene: Scene) -> str:
    """The same without shortening."""
    return tr(_FULL_TITLES[column]) if column in _FULL_TITLES else title(column, scene)


def site_cell(row: Row, column: Column, scene: Scene, now: float) -> SiteCell:
    """What a site's cell shows at the epoch seconds `now`."""
    tally = row.sites.get(scene.site(column))
    recorded = row.active_share if column is Column.ACTIVE else row.remote_share
    if row.files and (tally.files >= row.files if tally is not None else recorded >= 1.0):
        newest = tally.newest if tally is not None else None
        if newest is None:
            return SiteCell(complete=True)
        return SiteCell(age_text(newest, now), complete=True, fresh=0 <= now - newest < FRESH_S)
    direction, progress = SITES[column], scene.progress(row)
    if not _moves(row, progress, direction):
        return SiteCell()
    part = share(row, progress, direction)
    return SiteCell(tr("{percent} %").format(percent=min(percent(part), 99)), share=part)


def status_cell(row: Row, scene: Scene, now: float) -> StatusCell:
    """What the Status cell shows at the epoch seconds `now`."""
    priority = (row.priority > DEFAULT_PRIORITY) - (row.priority < DEFAULT_PRIORITY)
    seen = (row, scene.project, scene.progress(row), scene.health, now)
    return StatusCell(shown_state(*seen), sentence(*seen), priority)


def cell_text(row: Row, column: Column, scene: Scene, now: float) -> str:
    """What a cell says in words: shown, copied, read aloud."""
    if column is Column.ASSET:
        return row.asset
    if column is Column.SUBSET:
        return row.subset
    if column is Column.VERSION:
        return tr("hero") if row.hero else "" if row.version is None else f"v{row.version:03d}"
    if column is Column.NAME:
        return row.name
    if column is Column.FILES:
        return _files(row)
    if column is Column.SIZE:
        return size_text(row.size_bytes)
    if column is Column.STATUS:
        return sentence(row, scene.project, scene.progress(row), scene.health, now)
    cell = site_cell(row, column, scene, now)
    return f"✓ {cell.text}".strip() if cell.complete else cell.text


def tooltip(row: Row, column: Column, scene: Scene, now: float) -> str:
    """The whole text of a cell and what does not fit into it; plain text."""
    if column is Column.ASSET:
        return "/".join(part for part in (row.hierarchy, row.asset) if part)
    if column is Column.SIZE:
        return tr_n("%n byte", "%n bytes", row.size_bytes)
    if column is Column.STATUS:
        return _status_tooltip(row, scene, now)
    if column in SITES:
        tally = row.sites.get(scene.site(column))
        text = tr("{count} of {every} files on {site}")
        said = [text.format(count=tally.files if tally else 0, every=row.files, site=scene.site(column))]
        if tally is not None and tally.newest is not None:
            said.append(tr("the newest since {clock}").format(clock=clock_text(tally.newest, now)))
        return ", ".join(said)
    return cell_text(row, column, scene, now)


def place(row: Row) -> str:
    """The sequence, or whatever folder of the hierarchy the asset stands in."""
    return row.hierarchy.rpartition("/")[2]


def tab_separated(rows: list[Row], columns: list[Column], scene: Scene, now: float) -> str:
    """Rows as lines for a spreadsheet; a tab or line break within a text becomes a blank."""
    lines = (
        "\t".join(" ".join(cell_text(row, column, scene, now).split()) for column in columns) for row in rows
    )
    return "\n".join(lines)


def _files(row: Row) -> str:
    synced = row.files_by_status.get(Status.SYNCED, 0)
    if row.status is None or synced >= row.files:
        return f"{row.files:,}"
    return f"{synced:,}/{row.files:,}"


def _moves(row: Row, progress: Progress | None, direction: Direction) -> bool:
    if progress is not None:
        return bool(progress.up_bytes if direction is Direction.UPLOAD else progress.down_bytes)
    if not row.files_by_status.get(Status.IN_PROGRESS):
        return False
    if row.direction is not None:
        return row.direction is direction
    # Some other state of the row counts more, and hides in which direction it moves.
    other = row.active_share if direction is Direction.UPLOAD else row.remote_share
    return other >= 1.0


def _status_tooltip(row: Row, scene: Scene, now: float) -> str:
    said = [sentence(row, scene.project, scene.progress(row), scene.health, now)]
    if row.error and status_of(row) in (Status.FAILED, Status.RETRYING):
        said.append(row.error)
    if row.priority != DEFAULT_PRIORITY:
        said.append(tr("Priority {priority}").format(priority=row.priority))
    return "\n".join(said)
