"""What is published in a simulation, and what strangers do to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from bson import ObjectId

from syncgui.model.edits import MutableDocument
from syncgui.model.representation import Document
from tests.simulate.disk import BLOCK_BYTES, WHEN, Folder, find
from tests.simulate.watch import parts_of
from tests.simulate.world import LOCAL, REMOTE, ROOTS, World

_PUBLISHED = datetime.fromtimestamp(WHEN - 1000.0, UTC)


@dataclass(frozen=True, slots=True)
class Published:
    """One file of a representation."""

    path: str
    source: str
    target: str


class Studio:
    """Publishes into a world, and meddles with it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = Random(world.random.getrandbits(64))
        self._count = 0
        self.documents: dict[str, tuple[str, list[Published]]] = {}  # by id: project and files
        self._old: list[tuple[str, Published]] = []

    # -- publishing ----------------------------------------------------------------------------------

    def begin(self, projects: list[str]) -> None:
        """What is there from the beginning: in each project a file that both sites have."""
        for project in projects:
            target = "backup" if project == LOCAL else "cloud"
            parts = (project, "first.abc")
            content = self._content(1)
            self._world.watch.publish(parts, content)
            for site in ("studio", target):
                self._lay(site, parts, content)
            file = Published(f"{{root[work]}}/{'/'.join(parts)}", "studio", target)
            self._record(project, [file], [len(content)], present=True)

    def publish(self, project: str) -> None:
        """One representation of one to three files; some lie on the target already, as they are or older."""
        remote = "backup" if project == LOCAL else "cloud"
        direction = ("studio", remote) if self._random.random() < 0.7 else (remote, "studio")
        files: list[Published] = []
        sizes: list[int] = []
        for _ in range(self._random.choice((1, 1, 2, 3))):
            self._count += 1
            folder = self._random.choice(("a", "a", "b/c", ""))
            parts = tuple(part for part in (project, *folder.split("/"), f"f{self._count}.exr") if part)
            content = self._content(self._random.choice((0, 1, 2, 3, 5, 12)))
            self._lie_there_before(parts, direction[1], content)
            self._world.watch.publish(parts, content)
            self._lay(direction[0], parts, content)
            files.append(Published(f"{{root[work]}}/{'/'.join(parts)}", *direction))
            sizes.append(len(content))
        if self._old and self._random.random() < 0.3:
            known, file = self._random.choice(self._old)
            if known == project:
                files.append(file)  # the same path in two representations
                sizes.append(len(self._world.watch.published[parts_of(file.path)][-1][1]))
        self._old.extend((project, file) for file in files)
        self._record(project, files, sizes, present=False)

    def _lie_there_before(self, parts: tuple[str, ...], site: str, content: bytes) -> None:
        dice = self._random.random()
        if dice < 0.1:
            self._lay(site, parts, content)
        elif dice < 0.3:
            older = self._content(self._random.choice((1, 2)))
            self._world.watch.publish(parts, older)
            self._lay(site, parts, older)

    def _content(self, blocks: int) -> bytes:
        size = max(0, blocks * BLOCK_BYTES - self._random.choice((0, 7)))
        return self._random.randbytes(size)

    def _lay(self, site: str, parts: tuple[str, ...], content: bytes) -> None:
        """Write a file as whoever makes it does: durable before it is recorded."""
        if site == "cloud":
            self._world.cloud.files["/".join((ROOTS[site], *parts))] = content
            return
        disk = self._world.disk
        folder = self._world.roots[site]
        for name in parts[:-1]:
            node = folder.names.get(name)
            if node is None:
                node = disk.make_folder(folder, name)
            folder.durable[name] = node
            assert isinstance(node, Folder)
            folder = node
        file = find(folder, (parts[-1],)) or disk.create(folder, parts[-1])
        file.content = file.durable = content
        disk.touch(file)
        file.mtime_ns = file.ctime_ns
        folder.durable[parts[-1]] = file

    def _record(self, project: str, files: list[Published], sizes: list[int], *, present: bool) -> None:
        self._count += 1
        key = ObjectId(f"{int(WHEN):08x}{self._count:016x}")
        self.documents[str(key)] = (project, files)
        self._world.server.put(project, self._document(key, files, sizes, present=present))

    def _document(
        self, key: ObjectId, files: list[Published], sizes: list[int], *, present: bool
    ) -> Document:
        return {
            "_id": key,
            "type": "representation",
            "name": "exr",
            "parent": ObjectId(f"{0:024x}"),
            "context": {"asset": "sh010", "subset": "renderMain", "version": 1},
            "data": {"of others": [1, {"two": None}]},
            "files": [
                {
                    "_id": ObjectId(f"{int(str(key)[8:], 16):012x}{number:012x}"),
                    "path": file.path,
                    "size": size,
                    "hash": "of others",
                    "sites": [
                        {"name": file.source, "created_dt": _PUBLISHED},
                        {"name": file.target, **({"created_dt": _PUBLISHED} if present else {})},
                        {"name": "elsewhere", "priority": 10},
                    ],
                }
                for number, (file, size) in enumerate(zip(files, sizes, strict=True))
            ],
        }

    # -- strangers -----------------------------------------------------------------------------------

    def meddle(self) -> None:
        """Another program does something to a document or a file."""
        known = [key for key in self.documents if not self._is_first(key)]
        if not known:
            return
        key = self._random.choice(known)
        project, files = self.documents[key]
        self._world.watch.at_fault.update(parts_of(file.path) for file in files)
        kinds = (self._delete, self._reset, self._unset_tries, self._rewrite, self._rewrite)
        what = self._random.choice(kinds)
        self._world.trace("stranger", what.__name__, key)
        what(project, key)

    def wait_for_a_reader(self) -> None:
        """Another program writes a file again while it is read."""
        self._world.watch.on_read = self._rewrite_what_is_read

    def _rewrite_what_is_read(self, parts: tuple[str, ...]) -> None:
        for key, (project, files) in self.documents.items():
            if not self._is_first(key) and any(parts_of(file.path) == parts for file in files):
                self._world.watch.on_read = None
                self._world.watch.at_fault.update(parts_of(file.path) for file in files)
                self._world.trace("stranger", "rewrites what is read", "/".join(parts))
                self._rewrite(project, key, next(one for one in files if parts_of(one.path) == parts))
                return

    def _is_first(self, key: str) -> bool:
        return self.documents[key][1][0].path.endswith("first.abc")

    def _delete(self, project: str, key: str) -> None:
        del self.documents[key]
        self._world.server.remove(project, key)

    def _reset(self, project: str, key: str) -> None:
        files = self.documents[key][1]
        sizes = [len(self._world.watch.published[parts_of(file.path)][-1][1]) for file in files]
        document = self._document(ObjectId(key), files, sizes, present=False)

        def change(old: MutableDocument) -> None:
            old.clear()
            old.update(document)

        self._world.server.stranger(project, key, change)

    def _unset_tries(self, project: str, key: str) -> None:
        def change(document: MutableDocument) -> None:
            files = document["files"]
            assert isinstance(files, list)
            for file in files:
                for entry in file["sites"]:
                    for name in ("tries", "error", "retry_at", "lease"):
                        entry.pop(name, None)

        self._world.server.stranger(project, key, change)

    def _rewrite(self, _: str, key: str, file: Published | None = None) -> None:
        """A file is written again where it is made, in two steps, then published again."""
        file = file or self._random.choice(self.documents[key][1])
        parts = parts_of(file.path)
        before = self._world.watch.published[parts][-1][1]
        after = self._random.randbytes(len(before) + self._random.choice((0, 0, 0, 10)))
        half = len(after) // 2
        scheduler = self._world.scheduler

        def write(content: bytes) -> Callable[[], None]:
            def event() -> None:
                self._world.watch.publish(parts, content)
                self._lay(file.source, parts, content)

            return event

        gap_s = self._random.choice((0.0, 0.02, 1.0))
        if half and gap_s:
            write(after[:half] + before[half:])()
        scheduler.after(gap_s, write(after))
        scheduler.after(gap_s + self._random.choice((0.0, 0.5)), lambda: self._publish_again(parts))

    def _publish_again(self, parts: tuple[str, ...]) -> None:
        for key, (project, files) in list(self.documents.items()):
            if any(parts_of(file.path) == parts for file in files):
                self._world.watch.at_fault.update(parts_of(file.path) for file in files)
                self._reset(project, key)


__all__ = ["LOCAL", "REMOTE", "Published", "Studio"]
