"""A folder of a test's own on the stand-in for Google Drive, and providers that work in it."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from syncgui.providers.account_gate import AccountGate
from syncgui.providers.gdrive import GDriveProvider, GDriveSettings
from tests.providers.contract import RecordedTransfer, Site
from tests.servers.drive.client import Api
from tests.servers.drive.process import USER, DriveServer

LARGE = 5_000_001  # one byte more than what goes up in one call


@dataclass(slots=True)
class HastyTransfer(RecordedTransfer):
    """Notes what it is to wait for, and hardly waits."""

    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        threading.Event().wait(min(seconds, 0.01))


@dataclass(slots=True)
class StruckTransfer(HastyTransfer):
    """Does something when so many bytes were moved, once."""

    at_bytes: int = 0
    strike: Callable[[], object] | None = None

    def progress(self, size_bytes: int) -> None:
        HastyTransfer.progress(self, size_bytes)
        if self.strike is not None and sum(self.moved) >= self.at_bytes:
            strike, self.strike = self.strike, None
            strike()


class Room:
    """An empty folder of the shared drive.

    Args:
        server: the server.
    """

    def __init__(self, server: DriveServer) -> None:
        self.server = server
        name = f"room {uuid.uuid4().hex[:12]}"
        self.id = server.make_folder(server.drive_id, name)
        self.root = f"/{server.drive}/{name}"
        self._made: list[GDriveProvider] = []

    @cached_property
    def user(self) -> Api:
        """Calls of the user who manages the drive, beside any provider."""
        return Api(self.server, self.server.credentials, subject=USER)

    def site(
        self,
        root: str = "",
        *,
        roots: dict[str, str] | None = None,
        credentials: Path | None = None,
        subject: str = "",
        name: str = "gdrive",
        gate: AccountGate | None = None,
        timeouts_s: tuple[float, float] | None = None,
        endpoint: str | None = None,
    ) -> Site:
        """A provider as another machine or another site has it; closed at the test's end."""
        settings = GDriveSettings(
            credentials_url=credentials or self.server.credentials,
            subject=subject,
            endpoint=self.server.endpoint if endpoint is None else endpoint,
        )
        place = root or self.root
        provider = GDriveProvider(name, settings, roots or {"work": place}, gate=gate, timeouts_s=timeouts_s)
        self._made.append(provider)
        return Site(provider, place.rstrip("/"))

    def new_account(self, role: str = "fileOrganizer", *, storage_bytes: int = 0) -> tuple[str, Path]:
        """A service account of the test's own, so that its pace is nobody else's: address and file."""
        email = f"a{uuid.uuid4().hex[:10]}@studio-project.iam.gserviceaccount.com"
        self.server.add_account(email, kind="service", storage_bytes=storage_bytes, acts_for=[USER])
        if role:
            self.server.add_drive(self.server.drive, {email: role})
        return email, self.server.service_account_file(email)

    def contents(self) -> dict[str, bytes]:
        """What lies there, doubles shown once, read from the server's own disk."""
        return {
            one.path: one.content.read_bytes()
            for one in self.server.stored(self.id)
            if one.content is not None
        }

    def paths(self) -> list[str]:
        """Files and folders that lie there, with doubles."""
        return sorted(one.path for one in self.server.stored(self.id))

    def calls(self) -> list[str]:
        """The kinds of all calls since the last reset, in their order; those for tokens left out."""
        return [str(one["kind"]) for one in self.server.calls() if one["kind"] != "token"]

    def close(self) -> None:
        """End all providers."""
        for one in self._made:
            one.close()


def content_of(size_bytes: int) -> bytes:
    """Bytes that are not alike anywhere, made quickly."""
    block = os.urandom(min(size_bytes, 1 << 20))
    return (block * (size_bytes // max(1, len(block)) + 1))[:size_bytes]
