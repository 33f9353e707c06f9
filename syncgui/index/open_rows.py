"""The open rows of one file: one for each (wanting site, holding site).

Pure. A wish that no site can serve has one row without a holder. Two wishes for one file whose tries are
used up have a row of their own: there is nothing to move between the two sites, but it counts as failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from syncgui.index.columns import Flow, OpenColumns, path_hash
from syncgui.index.marks import Mark, Marked, Seen, mark_wish
from syncgui.index.values import BELIEVED_BYTES, LARGE_BYTES, View
from syncgui.model.representation import File
from syncgui.model.sites import SiteEntry

_LONGEST_ERROR = 2000
_MOST_TRIES = 2**31

SeenBefore: TypeAlias = Mapping[tuple[int, str, str], Seen]
"""What was known of entries: by the file's position, its path and the site."""

MarkedWish: TypeAlias = tuple[SiteEntry, Marked]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a document is digested with: the view, the time (epoch seconds), who lives."""

    view: View
    now: float
    is_alive: Callable[[str], bool]


def believed_size(file: File) -> int | None:
    """The file's size in bytes, None where the record has none that can be believed."""
    size = file.size_bytes
    return size if size is not None and size <= BELIEVED_BYTES else None


def mark_wishes(
    position: int, file: File, circumstances: Circumstances, seen: SeenBefore
) -> list[MarkedWish]:
    """All wishes of a file with their marks, sorted by site."""
    view = circumstances.view
    return [
        (
            entry,
            mark_wish(
                entry,
                seen.get((position, file.path, name)),
                now=circumstances.now,
                loop_delay_s=view.loop_delay_s,
                retry_cnt=view.retry_cnt,
                is_alive=circumstances.is_alive,
            ),
        )
        for name, entry in sorted(file.entries.items())
        if not entry.present
    ]


def open_rows(
    file: File, path_key: str, since: float, wishes: Iterable[MarkedWish]
) -> dict[Flow, OpenColumns]:
    """The rows of a file with at least one wish.

    Args:
        file: the file.
        path_key: its `model.paths.path_key`.
        since: epoch seconds from which it waits.
        wishes: its wishes, sorted by site.
    """
    rows: dict[Flow, OpenColumns] = {}
    leading: list[tuple[SiteEntry, OpenColumns]] = []
    holders = sorted(name for name, entry in file.entries.items() if entry.present)
    size = believed_size(file)
    hashed = path_hash(path_key)
    for entry, marked in wishes:
        tries = min(entry.tries, _MOST_TRIES)
        columns = OpenColumns(
            file_id=file.ref.id,
            path=file.path,
            path_key=path_key,
            path_hash=hashed,
            size=size,
            large=int(size is not None and size >= LARGE_BYTES),
            mark=int(marked.mark),
            tries=tries,
            neg_priority=-entry.priority,
            since=since,
            next_try=marked.next_try,
            lease=entry.lease,
            worker=marked.worker,
            error=entry.error[:_LONGEST_ERROR] if entry.error is not None else None,
            site=entry.name,
            progress=entry.progress,
            moved_at=marked.moved_at,
            failing=int(tries > 0 or entry.error is not None),
            lead=1,
        )
        leading.append((entry, columns))
        rows[entry.name, holders[0] if holders else "", 0] = columns
        for holding in holders[1:]:
            rows[entry.name, holding, 0] = columns._replace(lead=0)
    if len(leading) > 1:
        rows.update(_failed_wishes(leading))
    return rows


def _failed_wishes(leading: list[tuple[SiteEntry, OpenColumns]]) -> dict[Flow, OpenColumns]:
    rows: dict[Flow, OpenColumns] = {}
    for number, (one, ones) in enumerate(leading):
        for other, others in leading[number + 1 :]:
            if one.paused or other.paused or not (one.tries or other.tries):
                continue
            worse = (
                ones
                if (one.tries, one.error is not None) >= (other.tries, other.error is not None)
                else others
            )
            rows[one.name, other.name, 1] = worse._replace(
                mark=int(Mark.READY), next_try=0.0, lease=None, worker=None, moved_at=0.0, lead=0
            )
    return rows
