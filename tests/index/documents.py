"""Small builders of representation documents for the tests of the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bson import ObjectId

WHEN = datetime(2022, 3, 30, 12, 16, 9, tzinfo=UTC)


def present(site: str, **more: object) -> dict[str, object]:
    """An entry of a site that has the file."""
    return {"name": site, "created_dt": WHEN, **more}


def wish(site: str, **more: object) -> dict[str, object]:
    """An entry of a site that wants the file."""
    return {"name": site, **more}


def file(name: str = "a.exr", *sites: object, size: int = 100, root: str = "work") -> dict[str, object]:
    """One file below a root, with its site entries."""
    return {"_id": ObjectId(), "path": f"{{root[{root}]}}/show/{name}", "size": size, "sites": list(sites)}


def representation(
    *files: Mapping[str, object],
    asset: str = "sh010",
    subset: str = "renderMain",
    version: int = 1,
    name: str = "exr",
    identifier: ObjectId | None = None,
    parent: ObjectId | None = None,
    **context: object,
) -> dict[str, object]:
    """A representation document in its current form."""
    return {
        "_id": identifier or ObjectId(),
        "type": "representation",
        "schema": "openpype:representation-2.0",
        "parent": parent or ObjectId(),
        "name": name,
        "context": {
            "asset": asset,
            "subset": subset,
            "version": version,
            "representation": name,
            "hierarchy": "shots/sq01",
            "username": "anna",
            **context,
        },
        "files": [dict(one) for one in files],
    }


def to_upload(**more: object) -> dict[str, object]:
    """A representation of one file that gdrive wants and studio has; `more` goes into the wish."""
    return representation(file("a.exr", present("studio"), wish("gdrive", **more)))


def files_of(document: Mapping[str, object]) -> list[dict[str, object]]:
    """The files of a document made here, to be changed in place."""
    files = document["files"]
    assert isinstance(files, list)
    return files


def entry_of(document: Mapping[str, object], site: str, position: int = 0) -> dict[str, object]:
    """The entry of a site in a document made here, to be changed in place."""
    sites = files_of(document)[position]["sites"]
    assert isinstance(sites, list)
    return next(entry for entry in sites if entry["name"] == site)


def ids_of(documents: Sequence[Mapping[str, object]]) -> list[str]:
    """The texts of the documents' ids."""
    return [str(document["_id"]) for document in documents]
