"""One call: what was asked, who asks, what is to go wrong with it; and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.drive.errors import Document, bad_request
from tests.servers.drive.faults import Effects
from tests.servers.drive.fields import Mask, parse_mask
from tests.servers.drive.resources import View
from tests.servers.drive.wire import Body, Head, Wire


@dataclass(frozen=True, slots=True)
class Route:
    """What a path and a method mean.

    Args:
        kind: counted under this name, such as "files.list", "upload.put", "files.media".
        method: the method of the discovery document behind it, such as "files.create"; "" for none.
        ids: those in the path, in their order.
    """

    kind: str
    method: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a file on disk."""

    path: Path
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with a JSON document, or with a part of a file, or with nothing."""

    status: int = 200
    document: Document | None = None
    part: FilePart | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Call:
    """A request being served."""

    route: Route
    head: Head
    body: Body
    wire: Wire
    base: str  # scheme and authority that the client used
    effects: Effects = field(default_factory=Effects)
    account: str = ""
    seen: View | None = None

    @property
    def params(self) -> Mapping[str, str]:
        """The query."""
        return self.head.params

    @property
    def view(self) -> View:
        """The caller's view; there is one where a route asks for a login."""
        assert self.seen is not None
        return self.seen

    def flag(self, name: str) -> bool:
        """A parameter that is true or false, by its older name too."""
        older = name.replace("AllDrives", "TeamDrives").replace("includeItemsFromTeam", "includeTeam")
        older = older.replace("includeTeamDrives", "includeTeamDriveItems")
        return "true" in (self.params.get(name, "").lower(), self.params.get(older, "").lower())

    @property
    def mask(self) -> Mask | None:
        """The `fields` asked for."""
        text = self.params.get("fields", "")
        return parse_mask(text) if text else None

    def json(self) -> Document:
        """The body as a JSON object, {} when there is none."""
        return parse_object(self.body.read())


def parse_object(data: bytes) -> Document:
    """A JSON object.

    Raises:
        ApiError: it is none.
    """
    if not data.strip():
        return {}
    try:
        found = json.loads(data)
    except ValueError:
        raise bad_request("Parse Error") from None
    if not isinstance(found, dict):
        raise bad_request("Parse Error")
    return found
