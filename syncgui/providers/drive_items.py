"""Items of Drive as this program sees them, and the questions that find them.

Nothing here calls Drive; `in_folder` makes the text of a query, in which names are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from syncgui.providers.abstract_provider import StoredFile

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
_OF_DRIVE = "application/vnd.google-apps."  # documents, folders, shortcuts: some of them have a size, too
FIELDS = "id,name,mimeType,size,md5Checksum,sha256Checksum,modifiedTime,createdTime,trashed,parents,driveId"
"""What is asked of a file."""

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder. Sizes in bytes; times as Drive writes them, which sorts as text."""

    id: str
    name: str
    is_folder: bool
    size_bytes: int
    checksums: tuple[str, ...]
    modified: str
    created: str
    trashed: bool
    is_binary: bool  # whether it has content of its own, unlike a document of Drive
    drive_id: str | None = None
    parents: tuple[str, ...] = ()  # ids of the folders that hold it

    @property
    def stored(self) -> StoredFile:
        """It, as providers tell of files."""
        first, *more = self.checksums or (None,)
        return StoredFile(
            self.id, self.size_bytes, read_time(self.modified), first, tuple(m for m in more if m)
        )


def read_item(answer: Answer) -> Item:
    """An item from a call's answer."""
    checksums = tuple(
        f"{name}:{answer[key]}"
        for name, key in (("md5", "md5Checksum"), ("sha256", "sha256Checksum"))
        if answer.get(key)
    )
    kind = str(answer.get("mimeType", ""))
    drive = answer.get("driveId")
    return Item(
        id=str(answer["id"]),
        name=str(answer.get("name", "")),
        is_folder=kind == FOLDER,
        size_bytes=int(str(answer.get("size", 0))),
        checksums=checksums,
        modified=str(answer.get("modifiedTime", "")),
        created=str(answer.get("createdTime", "")),
        trashed=bool(answer.get("trashed", False)),
        is_binary=not kind.startswith(_OF_DRIVE),
        drive_id=str(drive) if drive else None,
        parents=tuple(str(one) for one in cast("Iterable[object]", answer.get("parents", ()))),
    )


def newest_first(items: Iterable[Item]) -> list[Item]:
    """The item that counts comes first, for everybody alike."""
    return sorted(items, key=lambda one: (one.modified, one.created, one.id), reverse=True)


def quoted(text: str) -> str:
    """A text as a query has it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def in_folder(folder_id: str, names: Iterable[str], *, folders: bool) -> str:
    """The query for what lies in a folder under any of these names; folders, or all but folders."""
    named = " or ".join(f"name = {quoted(name)}" for name in names)
    kind = f"mimeType {'=' if folders else '!='} '{FOLDER}'"
    return f"{quoted(folder_id)} in parents and trashed = false and {kind} and ({named})"


def write_time(moment: datetime) -> str:
    """A time as Drive takes it; it keeps milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime | None:
    """A time as Drive gives it, None for none."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        return None
