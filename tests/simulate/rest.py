"""When everything has come to rest: all is transferred, and nothing is left over."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from syncgui.providers.partial_names import read_partial_name
from tests.simulate.disk import files_below, find
from tests.simulate.watch import entries_of, parts_of
from tests.simulate.world import FOLDERS, ROOTS, World


def untransferred(world: World) -> Iterator[str]:
    """What is not where it is to be, or not recorded as it is to be."""
    return _records(world)


def leftovers(world: World) -> Iterator[str]:
    """What is left over, the quickly found first."""
    yield from _partials(world)
    yield from _workers(world)
    yield from _states(world)


def _records(world: World) -> Iterator[str]:
    for project in world.server.bodies:
        remote = world.settings("")[project].remote_site
        for document in world.server.documents(project):
            for path, site, entry in entries_of(document):
                if site not in ("studio", remote):
                    continue
                if entry.get("created_dt") is None:
                    yield f"P3: {path} is not recorded on {site}: {dict(entry)}"
                elif entry.get("lease") or entry.get("tries") or entry.get("error"):
                    yield f"P3: {path} is recorded on {site}, with {dict(entry)}"
                elif _held(world, site, path) != world.watch.published[parts_of(path)][-1][1]:
                    yield f"P3: {path} is recorded on {site}, where something else or nothing lies"


def _held(world: World, site: str, path: str) -> bytes | None:
    parts = parts_of(path)
    if site == "cloud":
        return world.cloud.files.get("/".join((ROOTS[site], *parts)))
    file = find(world.roots[site], parts)
    return None if file is None else file.content


def _partials(world: World) -> Iterator[str]:
    for site in FOLDERS:
        for parts, _ in files_below(world.roots[site]):
            if read_partial_name(parts[-1]) is not None:
                yield f"P3: {'/'.join(parts)} was left on {site}"


def _workers(world: World) -> Iterator[str]:
    for name, record in world.server.workers.items():
        if record.program.is_dead:
            yield f"P3: worker {name} of {record.program.name}, which is dead, is still recorded"


def _states(world: World) -> Iterator[str]:
    for file in sorted(world.folder.glob("*/state.sqlite")):
        db = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READWRITE)
        for table in ("partial", "result"):
            for row in db.execute(f"SELECT * FROM {table}"):
                yield f"P3: the state of {file.parent.name} holds a {table}: {row}"
        db.close()


def tries_used(world: World) -> list[str]:
    """Tries that files were charged with for what was not their fault."""
    return [
        f"{path} on {site} has {entry['tries']} tries: {entry.get('error')}"
        for project in world.server.bodies
        for document in world.server.documents(project)
        for path, site, entry in entries_of(document)
        if entry.get("tries") and parts_of(path) not in world.watch.at_fault
    ]
