"""What is stored: files, folders, shared drives, accounts. Frozen; a change is a new one put in its place."""

from __future__ import annotations

import re
import time
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from tests.servers.drive.errors import Document
from tests.servers.drive.settings import FOLDER

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:[.](\d+))?\s*([Zz]|[+-]\d\d:?\d\d)?)?$"
)


class Recorded:
    """Goes into the journal and comes back."""

    @classmethod
    def from_record(cls, record: Mapping[str, object]) -> Self:
        """The one that `record` was made of; fields that it lacks have their defaults."""
        known = {one.name for one in fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: value for name, value in record.items() if name in known})

    def record(self) -> Document:
        """As JSON takes it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Item(Recorded):
    """A file, a folder, a shortcut or a root.

    Args:
        parent: None for a root.
        drive: the shared drive that it is on; "" in My Drive.
        owner: the account that owns it in My Drive; "" on a shared drive.
        blob: name of its content's file; "" without content.
        revisions: earlier contents, oldest first, the head not among them.
        shares: roles by account (or "anyone") given on this very item.
        shared_ms: when it was shared with an account.
        order: rises with each item made.
    """

    id: str
    name: str
    mime_type: str
    parent: str | None = None
    drive: str = ""
    owner: str = ""
    created_ms: int = 0
    modified_ms: int = 0
    size: int | None = None
    checksums: Mapping[str, str] = field(default_factory=dict)
    blob: str = ""
    revision: str = ""
    revisions: list[Document] = field(default_factory=list)
    keep_forever: bool = False
    trashed: bool = False
    trashed_ms: int = 0
    version: int = 1
    properties: Mapping[str, str] = field(default_factory=dict)
    app_properties: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, str] = field(default_factory=dict)
    shared_ms: Mapping[str, int] = field(default_factory=dict)
    description: str = ""
    starred: bool = False
    target: str = ""
    creator: str = ""
    modifier: str = ""
    original_name: str = ""
    order: int = 0

    @property
    def is_folder(self) -> bool:
        """Whether it holds others."""
        return self.mime_type == FOLDER


@dataclass(frozen=True, slots=True)
class SharedDrive(Recorded):
    """A shared drive; its root is the item of the same id.

    Args:
        members: roles by account.
        item_limit: how many items it may hold, None as many as you like.
    """

    id: str
    name: str
    members: Mapping[str, str] = field(default_factory=dict)
    item_limit: int | None = None
    created_ms: int = 0


@dataclass(frozen=True, slots=True)
class Account(Recorded):
    """Somebody who calls.

    Args:
        kind: "service" or "user".
        storage_bytes: 0 for a service account without storage, None without limit.
        root: id of its My Drive.
        acts_for: accounts that a service account may impersonate.
        refresh_tokens: of a user, not revoked.
        client: id of the app whose calls it makes, for the authorised-user file.
    """

    email: str
    kind: str = "user"
    name: str = ""
    storage_bytes: int | None = None
    root: str = ""
    acts_for: tuple[str, ...] | list[str] = ()
    refresh_tokens: tuple[str, ...] | list[str] = ()


@dataclass(frozen=True, slots=True)
class Key(Recorded):
    """The public half of a service account's key; the private one is only in the credentials file."""

    id: str
    email: str
    modulus: str
    exponent: int = 65537
    enabled: bool = True


def time_text(time_ms: int) -> str:
    """As Drive writes it, in UTC with milliseconds."""
    seconds, rest = divmod(time_ms, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:03d}Z"


def time_ms(text: str) -> int:
    """RFC 3339, further digits cut off; without a zone it is UTC.

    Raises:
        ValueError: for anything else.
    """
    found = _TIME.match(text)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    whole = timegm(
        (int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), 0, 0, 0)
    )
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31 and int(hour or 0) < 24 and int(minute or 0) < 60):
        raise ValueError(text)
    if zone and zone not in "Zz":
        digits = zone[1:].replace(":", "")
        offset = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        whole -= offset if zone[0] == "+" else -offset
    return whole * 1000 + int(((fraction or "") + "000")[:3])
