"""Reading one collection of a MongoDB that holds no project: what another program keeps there.

Only reads, and only the fields that are asked for. The connection lasts as long as the reading.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from syncgui.model.representation import Document
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import TIMEOUT_S, MongoConnection


def read_collection(
    uri: str,
    *,
    database: str,
    collection: str,
    types: Sequence[str],
    fields: Sequence[str],
    timeout_s: float = TIMEOUT_S,
) -> list[Document]:
    """All documents of some `type`s, in the order of their `_id`s.

    Args:
        uri: the server, "mongodb://…"; the database that it may name only serves its login.
        fields: dotted names of what is wanted beside `_id`.
        timeout_s: seconds to wait for a server that does not answer.

    Raises:
        DatabaseUnreachableError: or one of its kinds.
    """
    address = MongoAddress.parse(uri, database)
    connection = MongoConnection(address, steady_s=time.monotonic, timeout_s=timeout_s)
    try:
        with connection.asking(f"{database}.{collection}"):
            found = connection.collection(collection).find(
                {"type": {"$in": list(types)}}, dict.fromkeys(fields, True), sort=[("_id", 1)]
            )
            return list(found)
    finally:
        connection.close()
