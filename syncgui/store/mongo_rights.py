"""What this user may do on a server, found out by a read and a write that meet no document.

The server decides about rights before it looks for documents, so nothing is changed by asking.
"""

from __future__ import annotations

from collections.abc import Mapping

from bson import ObjectId

from syncgui.store.mongo_connection import OWN_DATABASE, MongoConnection

_NO_LIST: Mapping[str, object] = {"$not": {"$type": "array"}}


def check_project(connection: MongoConnection, project: str) -> None:
    """Make sure that this user may read and write a project.

    Raises:
        DatabaseForbiddenError: it may not; `path` is the project.
        DatabaseUnreachableError: the server does not answer.
    """
    nobody = {"_id": ObjectId(), "type": "representation"}
    with connection.asking(project):
        documents = connection.collection(project)
        documents.find_one(nobody, projection={"_id": True})
        documents.update_one(
            nobody,
            {"$unset": {"files.$[f0].sites.$[s0].lease": ""}},
            array_filters=[
                {"f0": _NO_LIST, "f0._id": None, "f0.path": "", "f0.sites": {"$type": "array"}},
                {"s0": _NO_LIST, "s0.name": "", "s0.lease": ""},
            ],
        )


def check_workers(connection: MongoConnection) -> None:
    """Make sure that this user may be a worker.

    Raises:
        DatabaseForbiddenError: it may not; `path` is the database of ours.
        DatabaseUnreachableError: the server does not answer.
    """
    nobody = {"_id": f"nobody {ObjectId()}"}
    with connection.asking(OWN_DATABASE):
        workers = connection.own("workers")
        workers.find_one(nobody, projection={"_id": True})
        workers.update_one(nobody, {"$currentDate": {"seen": True}})
