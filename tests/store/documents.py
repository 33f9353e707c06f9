"""Small documents as publishing tools write them, for any test that needs some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bson import ObjectId

CREATED = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


def file(
    path: str = "{root[work]}/Test/sh010/renderMain_v001.exr",
    size: int | None = 4822,
    sites: object = None,
) -> dict[str, object]:
    """A file with an id; without `sites` it is on the studio's site and wanted on gdrive (form C)."""
    found: dict[str, object] = {"_id": ObjectId(), "path": path}
    if size is not None:
        found["size"] = size
    found["sites"] = [present("studio"), wanted("gdrive")] if sites is None else sites
    return found


def present(site: str) -> dict[str, object]:
    """An entry of form C: the file is there."""
    return {"name": site, "created_dt": CREATED}


def wanted(site: str, **fields: object) -> dict[str, object]:
    """An entry of form C that asks for the file, with whatever else stands in it."""
    return {"name": site, **fields}


def representation(
    asset: str = "sh010",
    subset: str = "renderMain",
    version: int = 1,
    name: str = "exr",
    files: Sequence[Mapping[str, object]] | None = None,
    parent: ObjectId | None = None,
) -> dict[str, object]:
    """A representation with one file, unless others are given."""
    return {
        "_id": ObjectId(),
        "schema": "openpype:representation-2.0",
        "type": "representation",
        "parent": parent or ObjectId(),
        "name": name,
        "data": {"path": "P:/projects/Test", "template": "{root[work]}/{project[name]}"},
        "context": {
            "root": {"work": "P:/projects"},
            "project": {"name": "Test", "code": "tst"},
            "asset": asset,
            "subset": subset,
            "version": version,
            "representation": name,
            "family": "render",
            "hierarchy": "shots/sq01",
        },
        "files": [file()] if files is None else list(files),
    }
