"""Publishing files as an integrator does: the documents that record them, made and inserted.

Nothing is copied: the files lie under a root of the active site already. Everything of one call goes into
the store in one insert; whatever is wrong is said before anything is written. A version is the subset's
highest + 1 unless one is named; what exists already is refused. Formats: DATA_MODEL, sections 2 to 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bson import ObjectId

from syncgui.model.paths import ONLY_ROOT
from syncgui.model.representation import Document, recorded_hash
from syncgui.published_files import FoundFile, PublishRefusedError, find_files
from syncgui.settings import ProjectSettings
from syncgui.store.abstract_store import Store

NO_EXTENSION = "file"
"""Name of the representation of files whose names have no extension."""

_FAMILY = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Product:
    """What is published.

    Args:
        version: None for the subset's highest + 1.
        representation: its name, None for the extension of the files.
        hierarchy: where the asset stands, such as "shots/sq01".
        family: None for the small letters with which the subset begins ("render" of renderMain).
    """

    asset: str
    subset: str
    version: int | None = None
    representation: str | None = None
    hierarchy: str = ""
    family: str | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """One representation to be: in which subset, under which name, of which files."""

    subset: str
    name: str
    files: Sequence[FoundFile]


class Publisher:
    """Publishes into one project.

    Args:
        settings: of the project, as this machine has them.
        username: who publishes.
        now: the time for records, aware UTC.
    """

    def __init__(
        self,
        store: Store,
        settings: ProjectSettings,
        username: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._settings = settings
        self._project = settings.project
        self._username = username
        self._now = now

    def publish(self, paths: Iterable[Path], product: Product, *, each: bool = False) -> list[str]:
        """Record files; the ids of the new representations, in the order of the files.

        Args:
            each: one representation for each file, in a subset of its own.

        Raises:
            PublishRefusedError: something is wrong; nothing was written.
            DatabaseUnreachableError: the store does not answer.
        """
        active = self._settings.active_site
        links = self._settings.sites[active].allowed_link_targets if active in self._settings.sites else ()
        found = find_files(paths, self._roots(), site=active, links=links)
        parts = list(_one_for_each(found, product)) if each else [_all_in_one(found, product)]
        documents: list[Document] = []
        project = self._project_document(documents)
        asset = self._asset(project, product, documents)
        subsets = {str(one.get("name")): one for one in self._children("subset", asset)}
        sites = _site_entries(self._settings, self._now())
        ids: list[str] = []
        for part in parts:
            subset = subsets.get(part.subset)
            versions = self._versions(subset) if subset else {}
            number = product.version if product.version is not None else max(versions, default=0) + 1
            version = versions.get(number)
            self._refuse_existing(version, part, product)
            subset = subset or _new_subset(part.subset, asset, product, documents)
            version = version or self._new_version(number, subset, product, documents)
            context = self._context(project, part, product, number)
            representation = _new_representation(part, version, context, sites)
            documents.append(representation)
            ids.append(str(representation["_id"]))
        try:
            self._store.insert(self._project, documents)
        except ValueError as error:
            raise PublishRefusedError(f"Nothing was published: {error}", "Publish it again.") from error
        return ids

    def has(self, product: Product) -> bool:
        """Whether a product whose version and representation are named is recorded already."""
        project = self._store.project_document(self._project)
        for asset in self._named("asset", project, product.asset) if project else ():
            for subset in self._named("subset", asset, product.subset):
                for version in self._named("version", subset, product.version):
                    if self._named("representation", version, product.representation):
                        return True
        return False

    def _children(self, document_type: str, parent: Document | None) -> list[Document]:
        identifier = None if parent is None else str(parent["_id"])
        return self._store.children(self._project, document_type, identifier)

    def _named(self, document_type: str, parent: Document, name: object) -> list[Document]:
        return [one for one in self._children(document_type, parent) if one.get("name") == name]

    def _roots(self) -> Mapping[str, str]:
        site = self._settings.sites.get(self._settings.active_site)
        if site is not None and site.roots:
            return site.roots
        problems = self._settings.site_problems.get(self._settings.active_site, ())
        sentence = f"Site {self._settings.active_site} has no folder on this machine"
        raise PublishRefusedError(
            problems[0].sentence if problems else sentence,
            f"Set it: syncgui sites set --root {self._settings.active_site}:NAME=PATH",
        )

    def _project_document(self, documents: list[Document]) -> Document:
        found = self._store.project_document(self._project)
        if found is not None:
            return found
        made = _new_project(self._project)
        documents.append(made)
        return made

    def _asset(self, project: Document, product: Product, documents: list[Document]) -> Document:
        for parent in (project, None):
            for found in self._children("asset", parent):
                if found.get("name") == product.asset:
                    return found
        made: Document = {
            "_id": ObjectId(),
            "schema": "openpype:asset-3.0",
            "type": "asset",
            "name": product.asset,
            "parent": project["_id"],
            "data": {"parents": [part for part in product.hierarchy.split("/") if part], "tasks": {}},
        }
        documents.append(made)
        return made

    def _versions(self, subset: Document) -> dict[int, Document]:
        found: dict[int, Document] = {}
        for one in self._children("version", subset):
            name = one.get("name")
            if isinstance(name, int):
                found[name] = one
        return found

    def _refuse_existing(self, version: Document | None, part: _Part, product: Product) -> None:
        if version is None or not self._named("representation", version, part.name):
            return
        raise PublishRefusedError(
            f"Version {version['name']} of {part.subset} of {product.asset} has a representation "
            f"{part.name} already",
            "Leave the version (--version) out for the next one, or name another --representation.",
        )

    def _new_version(
        self, number: int, subset: Document, product: Product, documents: list[Document]
    ) -> Document:
        made: Document = {
            "_id": ObjectId(),
            "schema": "openpype:version-3.0",
            "type": "version",
            "name": number,
            "parent": subset["_id"],
            "data": {
                "families": [_family(product)],
                "author": self._username,
                "time": self._now().strftime("%Y%m%dT%H%M%SZ"),
            },
        }
        documents.append(made)
        return made

    def _context(self, project: Document, part: _Part, product: Product, number: int) -> dict[str, object]:
        roots = {one.root_name: one.root for one in part.files}
        data = project.get("data")
        code = data.get("code") if isinstance(data, Mapping) else None
        return {
            "root": roots[ONLY_ROOT] if set(roots) == {ONLY_ROOT} else roots,
            "project": {"name": self._project, "code": code or self._project},
            "asset": product.asset,
            "subset": part.subset,
            "version": number,
            "representation": part.name,
            "family": _family(product),
            "hierarchy": product.hierarchy,
            "username": self._username,
        }


def create_project(store: Store, name: str) -> bool:
    """Make a project without any publishes, so that it is listed; False when there is one already.

    Raises:
        DatabaseUnreachableError: the store does not answer.
    """
    if store.project_document(name) is not None:
        return False
    store.insert(name, [_new_project(name)])
    return True


def _new_project(name: str) -> Document:
    return {
        "_id": ObjectId(),
        "schema": "openpype:project-3.0",
        "type": "project",
        "name": name,
        "data": {"code": name},
        "config": {},
    }


def _all_in_one(found: Sequence[FoundFile], product: Product) -> _Part:
    extensions = sorted({one.extension for one in found})
    if product.representation is None and len(extensions) > 1:
        shown = ", ".join(one or "none" for one in extensions)
        raise PublishRefusedError(
            f"The files have several extensions ({shown}), so the representation has no name",
            "Name it with --representation, or publish one representation per file with --each.",
        )
    return _Part(product.subset, product.representation or extensions[0] or NO_EXTENSION, found)


def _one_for_each(found: Sequence[FoundFile], product: Product) -> Iterator[_Part]:
    taken: set[str] = set()
    repeats: dict[str, int] = {}
    for one in found:
        first = subset = f"{product.subset}_{one.path.stem}"
        while subset in taken:
            repeats[first] = repeats.get(first, 1) + 1
            subset = f"{first}_{repeats[first]}"
        taken.add(subset)
        yield _Part(subset, product.representation or one.extension or NO_EXTENSION, (one,))


def _new_subset(name: str, asset: Document, product: Product, documents: list[Document]) -> Document:
    made: Document = {
        "_id": ObjectId(),
        "schema": "openpype:subset-3.0",
        "type": "subset",
        "name": name,
        "parent": asset["_id"],
        "data": {"families": [_family(product)]},
    }
    documents.append(made)
    return made


def _new_representation(
    part: _Part, version: Document, context: dict[str, object], sites: Sequence[Mapping[str, object]]
) -> Document:
    first = part.files[0]
    return {
        "_id": ObjectId(),
        "schema": "openpype:representation-2.0",
        "type": "representation",
        "parent": version["_id"],
        "name": part.name,
        "data": {"path": str(first.path), "template": first.template},
        "context": context,
        "files": [_file(one, sites) for one in part.files],
    }


def _file(one: FoundFile, sites: Sequence[Mapping[str, object]]) -> dict[str, object]:
    made: dict[str, object] = {"_id": ObjectId(), "path": one.template}
    if one.size_bytes:
        made["size"] = one.size_bytes
    made["hash"] = recorded_hash(one.path.name, one.mtime_s, one.size_bytes)
    made["sites"] = [dict(entry) for entry in sites]
    return made


def _site_entries(settings: ProjectSettings, now: datetime) -> list[Mapping[str, object]]:
    """The active site, which has the files, and skeletons for those that ask for them.

    Other names of the active site's storage have them, too; the same storage is never asked twice.
    """
    active = settings.active_site
    names = dict.fromkeys((active, *sorted(settings.alternative_sites.get(active, ()))))
    entries: list[Mapping[str, object]] = [{"name": name, "created_dt": now} for name in names]
    asked = dict.fromkeys((settings.remote_site, *settings.always_accessible_on))
    entries.extend({"name": name} for name in asked if name and name not in names)
    return entries


def _family(product: Product) -> str:
    if product.family is not None:
        return product.family
    match = _FAMILY.match(product.subset)
    return match[0] if match else ""
