"""How addresses of databases begin. Kept apart: who only looks at an address needs no driver."""

from __future__ import annotations

SQLITE = "sqlite:///"
SERVERS = ("mongodb://", "mongodb+srv://")


def is_server(address: str) -> bool:
    """Whether an address is one of a MongoDB."""
    return address.lower().startswith(SERVERS)
