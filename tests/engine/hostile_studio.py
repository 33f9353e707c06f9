"""A studio among folders that are none of its business, with links planted in its roots that lead there.

Beside the roots, above them and far away lie decoys; every link name, and every name of a decoy, is an
ordinary file or folder on the other site, so that a program that follows one has something to copy there.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from syncgui.application import Application
from syncgui.model.representation import Document
from syncgui.providers.file_operations import FileOperations
from syncgui.store.bson_documents import row_of
from tests.engine.studio import PROJECT, Studio
from tests.witness import Witness

SITES = ("studio", "backup")
DECOY = b"decoy"
DECOYS = ("decoy.exr", "x.exr")
SIDE = {"studio": "to_backup", "backup": "to_studio"}
"""A folder of each site in which only the other site's links lie: what is there can be read, not written."""

# Relative to the folder in which the link lies: the root, or `deep` below it.
_LINKS = {
    "out": "../../../outside",
    "chain": "out",
    "in": "../../../allowed",  # the one that may be followed
    "above": "..",
    "top": "/",
    "decoy.exr": "../decoy.exr",
    "dangling.exr": "../../../outside/new.exr",
    "loop": "loop",
    "deep/out": "../../../../outside",
    "deep/x.exr": "../../../../outside/x.exr",
}
LINKS = tuple(_LINKS)
BEYOND = ("out", "x.exr", "above")
"""Links in the allowed folder, which lead out of it."""


class HostileStudio(Studio):
    """See the module. Links may lead into one folder, `allowed`, and links in that lead out of it again."""

    def __init__(self, folder: Path, *, files: FileOperations | None = None) -> None:
        self.outside = folder / "outside"
        self._planted: dict[str, dict[Path, tuple[int, ...]]] = {}
        self.folder = folder
        self.allowed = folder / "allowed"
        self.allowed.mkdir()
        sites: dict[str, dict[str, object]] = {
            site: {
                "provider": "local_drive",
                "root": {"work": str(self.root(site))},
                "allowed_link_targets": [str(self.allowed)],
            }
            for site in SITES
        }
        super().__init__(folder, sites=sites, retry_cnt=1)
        self.files_used = files
        self._decoys(self.outside)
        self._decoys(self.outside / "folder")
        for above in (self.sites, self.sites.parent, folder):
            self._decoys(above)
        self.restore()
        self._anchor = self._publish_anchor()
        self.running: Application = self.application("hostile", files) if files else self.app
        self.sync_once(self.running)
        kept = {path.name for path in folder.iterdir()} - set(DECOYS)
        self._witness = Witness(
            [self.outside],
            {
                self.sites: frozenset(SITES),
                self.sites.parent: frozenset({self.sites.name}),
                # SQLite makes and removes its files as it likes.
                folder: frozenset(
                    {*kept, "db.sqlite", "db.sqlite-wal", "db.sqlite-shm", "db.sqlite-journal"}
                ),
            },
        )

    @property
    def sites(self) -> Path:
        """The folder that holds the roots."""
        return self.folder / "storage" / "sites"

    def root(self, site: str) -> Path:
        return self.sites / site

    def close(self) -> None:
        super().close()
        self._witness.close()

    def noticed(self) -> list[str]:
        """What was done outside the roots since the last call."""
        return self._witness.noticed()

    def restore(self) -> None:
        """Make both roots, and the allowed folder, as they are to be before each document."""
        for site, root in [*((site, self.root(site)) for site in SITES), ("", self.allowed)]:
            planted = self._planted.get(site, {})
            found = _below(root)
            for path in sorted(found.keys() - planted.keys(), reverse=True):
                _remove(path)
            # A folder's time tells of what was in it, and no more.
            if not planted or any(found.get(path) != facts for path, facts in planted.items()):
                self._make(site, root)
                self._planted[site] = _below(root)

    def _make(self, site: str, root: Path) -> None:
        for path in sorted(_below(root), reverse=True):
            _remove(path)
        if root == self.allowed:
            self._decoys(root / "folder")
            for link, target in zip(BEYOND, ("../outside", "../outside/x.exr", ".."), strict=True):
                (root / link).symlink_to(target)
            return
        for folder in (root, root / "deep", root / "anchor"):
            self._decoys(folder)
        self._plant(root)
        other = next(one for one in SITES if one != site)
        self._ordinary(root / SIDE[site])
        self._plant(root / SIDE[other], above="../")

    def survive(self, documents: Sequence[Document]) -> list[str]:
        """Sync with these documents in the database and a good file each way; what was noticed outside.

        Raises:
            AssertionError: the good files were not synced.
        """
        self.restore()
        self.app.store.insert(PROJECT, [self._placed(one) for one in documents])
        good = [
            self.publish(["good/up.exr"], content=b"good"),
            self.publish(["good/down.exr"], content=b"also", present="backup", wanted="studio"),
        ]
        try:
            self._witness.noticed()
            self.sync_once(self.running)
            noticed = self._witness.noticed()
            assert self.is_synced(good[0]), self.document(good[0])
            assert self.is_synced(good[1], "studio"), self.document(good[1])
            for site in SITES:
                assert (self.root(site) / "good/up.exr").read_bytes() == b"good"
                assert (self.root(site) / "good/down.exr").read_bytes() == b"also"
        finally:
            self.app.store.delete(PROJECT, [*good, *(row_of(one).key for one in documents)])
        return noticed

    def _placed(self, document: Document) -> Document:
        """With this studio's folder in the place of `@`."""
        found = dict(document)
        listed = found.get("files")
        if isinstance(listed, list):
            found["files"] = [
                {**file, "path": str(self.folder) + file["path"][1:]}
                if isinstance(file, dict) and str(file.get("path")).startswith("@")
                else file
                for file in listed
            ]
        return found

    def _publish_anchor(self) -> str:
        """A file on both sites, so that neither is ever taken for one that is not mounted."""
        files = [self.file("anchor/x.exr", len(DECOY))]
        files[0]["sites"] = [{"name": site, "created_dt": 1} for site in SITES]
        return self.insert({"files": files})

    def _decoys(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in DECOYS:
            (folder / name).write_bytes(DECOY)

    def _ordinary(self, folder: Path) -> None:
        """What the links are called, as folders and files of the ordinary kind."""
        for link in LINKS:
            if link.endswith(".exr"):
                (folder / link).parent.mkdir(parents=True, exist_ok=True)
                (folder / link).write_bytes(DECOY)
            else:
                self._decoys(folder / link)
                for inner in ("folder", *(one for one in BEYOND if not one.endswith(".exr"))):
                    self._decoys(folder / link / inner)

    def _plant(self, folder: Path, above: str = "") -> None:
        for link, target in _LINKS.items():
            path = folder / link
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.symlink_to(target if target.startswith("/") or target in LINKS else above + target)


def _below(root: Path) -> dict[Path, tuple[int, ...]]:
    """What lies there, and how it would show that it was changed."""
    found: dict[Path, tuple[int, ...]] = {}
    for path in root.rglob("*"):
        status = path.lstat()
        changes = () if stat.S_ISDIR(status.st_mode) else (status.st_size, status.st_mtime_ns)
        found[path] = (status.st_ino, status.st_mode, *changes)
    return found


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()
