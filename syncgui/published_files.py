"""Files that are to be published: do they lie where records can name them?

A record names a file by its root and the names below it. Each file is looked at where it really lies,
links in the folders above it followed; what a record could not hold, or the other sites could not read,
is refused before anything is written.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncgui.model.errors import PathRefusedError, SyncError
from syncgui.model.paths import place
from syncgui.providers.file_operations import file_operations
from syncgui.providers.local_folder import LocalFolder


class PublishRefusedError(Exception):
    """Nothing was published. `str()` of it is a sentence; `next_step` says what to do."""

    def __init__(self, sentence: str, next_step: str) -> None:
        super().__init__(sentence)
        self.next_step = next_step


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file under a root: its path for records, the root as name and folder, what the disk says."""

    template: str
    path: Path
    root_name: str
    root: str
    size_bytes: int
    mtime_s: float

    @property
    def extension(self) -> str:
        """The extension without its dot, "" if there is none."""
        return self.path.suffix.removeprefix(".")


def find_files(
    paths: Iterable[Path], roots: Mapping[str, str], *, site: str, links: Sequence[str] = ()
) -> list[FoundFile]:
    """Look at files on disk, each once, in their order.

    Links in the folders above a file are followed first: what counts is where it really lies. One that
    really lies under no root counts where it was named, if the link on its way is one that may be followed.

    Args:
        roots: the active site's folders by root name.
        site: its name, for the sentences.
        links: the folders into which links of the site may lead.

    Raises:
        PublishRefusedError: one is missing, is no ordinary file, or lies under none of the roots.
    """
    # The longest root first; of two names for one folder the one that is not empty.
    real_roots = sorted(
        ((Path(folder).resolve(), name, folder) for name, folder in roots.items()),
        key=lambda root: (len(root[0].parts), bool(root[1])),
        reverse=True,
    )
    parents: dict[Path, Path] = {}
    found: dict[str, FoundFile] = {}
    for path in paths:
        if path.parent not in parents:
            parents[path.parent] = path.parent.resolve()
        one = _find_file(path, parents[path.parent], real_roots, site, links)
        found.setdefault(one.template, one)
    if not found:
        raise PublishRefusedError("There is no file to publish", "Name at least one: syncgui publish FILE …")
    return list(found.values())


def _find_file(
    path: Path, parent: Path, roots: Sequence[tuple[Path, str, str]], site: str, links: Sequence[str]
) -> FoundFile:
    real = parent / path.name
    try:
        status = real.lstat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PublishRefusedError(
            f"{path} can not be published: {reason}", "Name a file that exists."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise PublishRefusedError(
            f"{path} can not be published: it is no ordinary file", "Name files, not folders or links."
        )
    for folder, name, text in roots:
        if real.is_relative_to(folder):
            template = _template(path, name, real.relative_to(folder).parts)
            return FoundFile(template, real, name, text, status.st_size, status.st_mtime)
    for folder, name, text in roots if links else ():
        for root in (Path(text), folder):
            named = path.absolute()
            if named.is_relative_to(root):
                parts = named.relative_to(root).parts
                _refuse_unreadable(path, parts, text, site, links)
                template = _template(path, name, parts)
                return FoundFile(template, real, name, text, status.st_size, status.st_mtime)
    places = ", ".join(sorted(text for _, _, text in roots)) or "none is set"
    raise PublishRefusedError(
        f"{path} lies under no root of site {site} ({places})",
        f"Move it below one of them, or set another: syncgui sites set --root {site}:NAME=PATH",
    )


def _refuse_unreadable(
    path: Path, parts: tuple[str, ...], root: str, site: str, links: Sequence[str]
) -> None:
    """Refuse a file that could not be read from its site by that name."""
    try:
        LocalFolder(site, root, file_operations(), allowed_link_targets=links).open_source(parts).close()
    except SyncError as error:
        raise PublishRefusedError(
            f"{path} can not be published: {error.sentence}", error.next_step
        ) from error


def _template(path: Path, root_name: str, parts: tuple[str, ...]) -> str:
    """The path for records; refuses a name that they can not hold as it is."""
    template = "/".join((f"{{root[{root_name}]}}" if root_name else "{root}", *parts))
    reason = ""
    try:
        template.encode("utf-8")
        if place(template, {}).parts != parts:
            reason = "a record can not hold its name, since \\ separates folders there"
    except UnicodeEncodeError:
        reason = "its name is no valid text"
    except PathRefusedError as error:
        reason = error.detail
    if reason:
        raise PublishRefusedError(f"{path} can not be published: {reason}", "Rename it.")
    return template
