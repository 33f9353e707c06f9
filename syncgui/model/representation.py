"""Representation and file: a document of the database read into values.

Reading never raises, whatever the document holds: what can not be read is left out and named in
`notes`, once per document, in words for the log and for `status`.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias, cast

from bson import ObjectId

from syncgui.model.sites import Form, SiteEntry, read_sites

Document: TypeAlias = Mapping[str, object]


class FileRef(NamedTuple):  # as `model.sites`, for its speed
    """Which file of a document is meant: that of this `_id` and this path, as `Files` finds it.

    Both are texts; `id` is the text of whatever the document has as `_id`, None where it has none. An
    empty path beside an id stands for any.
    """

    id: str | None
    path: str


class File(NamedTuple):
    """One file of a representation. `size_bytes` is None where the record has no believable size."""

    ref: FileRef
    size_bytes: int | None
    form: Form
    entries: Mapping[str, SiteEntry]

    @property
    def path(self) -> str:
        """The path as the record has it, with its root template."""
        return self.ref.path


class Representation(NamedTuple):
    """One representation document. `id` and `parent` are the texts of the document's ids."""

    id: str
    parent: str
    name: str
    asset: str
    subset: str
    version: int | None
    family: str
    hierarchy: str
    task: str
    username: str
    published: datetime | None
    files: tuple[File, ...]
    notes: tuple[str, ...] = ()


def is_representation(document: Document) -> bool:
    """Whether the document is one of those that are synced."""
    return document.get("type") == "representation"


def read_representation(document: Document) -> Representation:
    """Read one document; raises nothing for any content."""
    context = document.get("context")
    if not isinstance(context, Mapping):
        context = {}
    identifier = document.get("_id")
    published = _published(identifier)
    files, notes = _read_files(document, published)
    return Representation(
        id=str(identifier),
        parent=str(document.get("parent") or ""),
        name=_text(document.get("name")) or _text(context.get("representation")),
        asset=_text(context.get("asset")),
        subset=_text(context.get("subset")),
        version=_version(context.get("version")),
        family=_text(context.get("family")),
        hierarchy=_text(context.get("hierarchy")),
        task=_task(context.get("task")),
        username=_text(context.get("username")),
        published=published,
        files=files,
        notes=notes,
    )


def recorded_hash(name: str, mtime_s: float, size_bytes: int) -> str:
    """A file's `hash` as publishing tools record it: name, time and size, no hash of its content."""
    return f"{name}|{mtime_s}|{size_bytes}".replace(".", ",")


def file_ref(file: Mapping[str, object]) -> FileRef | None:
    """The reference of a file's mapping, None if it can not be a file."""
    path = file.get("path")
    if type(path) is not str:  # BSON code is a text too, of a kind that can be no key
        return None
    identifier = file.get("_id")
    return FileRef(None if identifier is None else str(identifier), path)


class Files:
    """The files of one document, to be changed, by reference; looked through once however many are asked.

    An `_id` alone is not enough: odd documents hold it twice, under different paths. Who has the id only
    gives an empty path and means all files of that id, unless one of them has indeed an empty path. One
    file that is listed twice, with the same id (or none) and the same path, is meant twice.
    """

    def __init__(self, document: Document) -> None:
        self._by_ref: dict[FileRef, list[MutableMapping[str, object]]] = {}
        self._by_id: dict[str, list[MutableMapping[str, object]]] = {}
        files = document.get("files")
        for item in files if isinstance(files, list) else ():
            if isinstance(item, MutableMapping):
                self._add(cast("MutableMapping[str, object]", item))

    def _add(self, file: MutableMapping[str, object]) -> None:
        ref = file_ref(file)
        if ref is None:
            return
        self._by_ref.setdefault(ref, []).append(file)
        if ref.id is not None:
            self._by_id.setdefault(ref.id, []).append(file)

    def meant(self, ref: FileRef) -> Sequence[MutableMapping[str, object]]:
        """The files that the reference means, in their order."""
        exact = self._by_ref.get(ref, ())
        if exact or ref.id is None or ref.path:
            return exact
        return self._by_id.get(ref.id, ())


def _read_files(document: Document, published: datetime | None) -> tuple[tuple[File, ...], tuple[str, ...]]:
    value = document.get("files")
    if value is None:
        return (), ("it has no files",)
    if not isinstance(value, list):
        return (), ("its files are not a list",)
    if not value:
        return (), ("its list of files is empty",)
    files: list[File] = []
    notes: list[str] = []
    for position, item in enumerate(value):
        # A dict first: to ask an ABC is slow, and a long project has millions of files.
        ref = file_ref(item) if type(item) is dict or isinstance(item, Mapping) else None
        if ref is None:
            notes.append(f"files[{position}] is no file")
            continue
        sites = read_sites(item.get("sites"), published=published)
        notes.extend(f"files[{position}]: {odd}" for odd in sites.odd)
        files.append(File(ref, read_size(item.get("size")), sites.form, sites.entries))
    return tuple(files), tuple(notes)


def _published(identifier: object) -> datetime | None:
    if not isinstance(identifier, ObjectId):
        return None
    return identifier.generation_time.astimezone(UTC)


def read_size(value: object) -> int | None:
    """A recorded size in bytes, None where it is not believable."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 2**63 and value == int(value) else None


def _version(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < 2**53 else None


def _task(value: object) -> str:
    return _text(value.get("name")) if isinstance(value, Mapping) else _text(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
