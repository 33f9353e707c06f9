"""A simulated remote provider: upload sessions that can be gone on with, answers that get lost.

A file is replaced at the instant in which the last block of a session is taken; what was taken is there for
good. A session lives for a day. Who sends through one that another living program sends through is told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, cast

import xxhash
from pydantic import BaseModel, ConfigDict

from syncgui.model.errors import NetworkError, SourceMissingError
from syncgui.providers import lib
from syncgui.providers.abstract_provider import (
    AbstractProvider,
    Capabilities,
    CheckReport,
    StoredFile,
    Transfer,
)
from syncgui.providers.file_operations import FileOperations
from tests.simulate.disk import BLOCK_BYTES
from tests.simulate.files import SimFiles

if TYPE_CHECKING:
    from tests.simulate.program import Program

CODE = "simulated_cloud"


@dataclass(slots=True)
class _Session:
    path: str
    size_bytes: int
    sender: Program
    taken: bytes = b""
    file: StoredFile | None = None


class Cloud:
    """What lies far away."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.sessions: dict[str, _Session] = {}
        self.is_away = False
        self.losses = 0.0
        self.sent_bytes = 0

    def stored(self, path: str) -> StoredFile | None:
        """A file as it says it."""
        content = self.files.get(path)
        if content is None:
            return None
        checksum = f"xxh3_128:{xxhash.xxh3_128_hexdigest(content)}"
        return StoredFile(f"id:{path}", len(content), None, checksum)


class CloudSettings(BaseModel):
    """Nothing."""

    model_config = ConfigDict(frozen=True)


class CloudProvider(AbstractProvider):
    """See the module."""

    code = CODE
    label = "Simulated cloud"
    settings_model = CloudSettings
    capabilities = Capabilities(
        checksums=("xxh3_128",),
        resumes_upload=True,
        token_lifetime_s=24 * 3600.0,
        replaces_atomically=True,
        slots=2,
        looks_up_together=8,
    )

    def __init__(
        self, site: str, settings: BaseModel, roots: dict[str, str], *, files: FileOperations
    ) -> None:
        super().__init__(site, settings, roots)
        self._program: Program = cast("SimFiles", files).program
        self._cloud = self._program.world.cloud

    def check(self) -> CheckReport:
        return CheckReport(())

    def stat(self, path: str) -> StoredFile | None:
        self._go("stat")
        found = self._cloud.stored(path)
        self._come()
        return found

    def list_folder(self, path: str) -> Sequence[str]:
        raise NotImplementedError

    def create_folder(self, path: str) -> None:
        raise NotImplementedError

    def delete(self, path: str) -> None:
        raise NotImplementedError

    def upload(
        self, source: BinaryIO, size_bytes: int, mtime: datetime, path: str, transfer: Transfer
    ) -> StoredFile:
        del mtime
        token = transfer.resume
        if token is None:
            token = self._begin(path, size_bytes)
            transfer.save(token)
        taken = self._taken(token)
        if taken is None:
            token = self._begin(path, size_bytes)
            transfer.save(token)
            taken = 0
        kept = 0
        while kept < taken:
            kept += len(source.read(min(BLOCK_BYTES, taken - kept)))
        transfer.kept(kept)
        while size_bytes - taken > BLOCK_BYTES:
            block = source.read(BLOCK_BYTES)
            if not block:
                break
            self._send(token, taken, block)
            taken += len(block)
            transfer.progress(len(block))
        rest = source.read(BLOCK_BYTES)
        self._program.world.watch.begins_to_write(self._program)
        transfer.confirm()
        stored = self._finish(token, taken, rest)
        transfer.save(None)
        return stored

    def download(self, path: str, target: BinaryIO, transfer: Transfer) -> StoredFile:
        self._go("download")
        content = self._cloud.files.get(path)
        if content is None:
            raise SourceMissingError(site=self.site, path=path)
        for start in range(0, len(content), BLOCK_BYTES):
            self._come()
            block = content[start : start + BLOCK_BYTES]
            target.write(block)
            transfer.progress(len(block))
        checksum = f"xxh3_128:{xxhash.xxh3_128_hexdigest(content)}"
        return StoredFile(f"id:{path}", len(content), None, checksum)

    # -- calls ---------------------------------------------------------------------------------------

    def _begin(self, path: str, size_bytes: int) -> str:
        self._go("begin")
        token = f"session-{len(self._cloud.sessions)}"
        self._cloud.sessions[token] = _Session(path, size_bytes, self._program)
        self._come()
        return token

    def _taken(self, token: str) -> int | None:
        self._go("ask")
        session = self._cloud.sessions.get(token)
        self._come()
        return None if session is None or session.file is not None else len(session.taken)

    def _send(self, token: str, place: int, block: bytes) -> None:
        self._program.world.watch.begins_to_write(self._program)
        self._go("send")
        self._put(self._cloud.sessions[token], place, block)
        self._cloud.sent_bytes += len(block)
        self._come()

    def _put(self, session: _Session, place: int, block: bytes) -> None:
        """What is there already stays; what would leave a gap is refused, as such services do."""
        before, session.sender = session.sender, self._program
        if before is not self._program and not before.is_dead:
            self._program.world.watch.break_promise("P4", f"two programs send {session.path} at a time")
        if place > len(session.taken):
            raise NetworkError(site=self.site, path=session.path, detail="the range is out of order")
        session.taken += block[len(session.taken) - place :]

    def _finish(self, token: str, place: int, block: bytes) -> StoredFile:
        self._go("finish")
        session = self._cloud.sessions[token]
        self._put(session, place, block)
        if len(session.taken) != session.size_bytes:
            raise NetworkError(site=self.site, path=session.path, detail="the size is another one")
        self._cloud.files[session.path] = session.taken
        session.file = self._cloud.stored(session.path)
        self._program.world.watch.sent(session.path, session.taken)
        self._come()
        assert session.file is not None
        return session.file

    def _go(self, call: str) -> None:
        self._program.call("cloud", call)
        self._travel()

    def _come(self) -> None:
        self._travel()

    def _travel(self) -> None:
        program = self._program
        program.world.scheduler.sleep(0.002 + 0.03 * program.random.random())
        if self._cloud.is_away or program.random.random() < self._cloud.losses:
            raise NetworkError(site=self.site, detail="simulated")


def register() -> None:
    """Make the provider known."""
    lib.register(CloudProvider)
