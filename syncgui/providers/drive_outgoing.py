"""One file on its way up to Drive: what is sent of it, and the session that Drive remembers it by."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from syncgui.model.errors import SiteError, SourceChangedError, SyncError
from syncgui.providers.abstract_provider import Transfer
from syncgui.providers.drive_answers import RefusedError
from syncgui.providers.drive_files import Place
from syncgui.providers.network_errors import network_error

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Session:
    """An upload that Drive remembers for about a week. Its address is a secret.

    Args:
        file_id: the file that it makes, or changes.
        folder_id: the folder that the file is to lie in.
        is_new: whether it makes the file.
    """

    address: str = field(repr=False)
    file_id: str
    folder_id: str
    is_new: bool

    def as_token(self) -> str:
        """What is kept of it over restarts."""
        return json.dumps([self.address, self.file_id, self.folder_id, self.is_new])

    @classmethod
    def of(cls, token: str | None) -> Session | None:
        """The session of a token, None if it is none of ours."""
        try:
            address, file_id, folder_id, is_new = json.loads(token or "")
        except (ValueError, TypeError):
            return None
        return cls(str(address), str(file_id), str(folder_id), bool(is_new))


@dataclass(slots=True)
class Outgoing:
    """One file on its way up. `told_bytes`: each byte is told once, however often it is sent."""

    place: Place
    path: str
    source: BinaryIO
    size_bytes: int
    mtime: datetime
    transfer: Transfer
    told_bytes: int = 0
    was_confirmed: bool = False

    def rewind(self, place: int) -> None:
        """Read again from an earlier place."""
        self.source.seek(place)

    def reached(self, place: int) -> None:
        """Tell the engine of bytes that were read to be sent."""
        new = place - self.told_bytes
        if new > 0:
            self.told_bytes = place
            self.transfer.progress(new)
        else:
            self.transfer.wait(0.0)


class BrokenError(Exception):
    """The connection broke, or Drive stumbled: what it kept has to be asked for."""


class Body:
    """What is sent of a large file: blocks, and before the last one the engine is asked.

    It has a length and no `read`, so that it is sent block by block as it is.
    """

    def __init__(
        self, wanted: Outgoing, start: int, wrong_size: Callable[[Outgoing], SyncError], url: str
    ) -> None:
        self._wanted = wanted
        self._url = url
        self._start = start
        self._place = start
        self._wrong_size = wrong_size
        self.size_bytes = wanted.size_bytes
        self.refused: RefusedError | None = None
        self.broke: Exception | None = None

    def __len__(self) -> int:
        return self.size_bytes - self._start

    def __iter__(self) -> Iterator[bytes]:
        wanted = self._wanted
        while self._place < self.size_bytes:
            piece = wanted.source.read(min(BLOCK_BYTES, self.size_bytes - self._place))
            if not piece:
                raise self._wrong_size(wanted)
            self._place += len(piece)
            wanted.reached(self._place)
            if self._place == self.size_bytes:
                # Asked anew after each break: it may have lasted long enough to lose the lease.
                if wanted.source.read(1):
                    raise self._wrong_size(wanted)
                wanted.transfer.confirm()
                wanted.was_confirmed = True
            yield piece

    def rewind(self, place: int) -> None:
        """Go on from an earlier place."""
        if place > self._place:
            raise SourceChangedError(site="", path=self._wanted.path)
        self._wanted.rewind(place)
        self._start = self._place = place

    def trouble(self, site: str) -> SyncError:
        """Why no byte comes through."""
        if self.refused is not None:
            return self.refused.as_error(site, self._wanted.path)
        if self.broke is None:
            return SiteError(
                site=site, path=self._wanted.path, detail="it keeps nothing of what is sent to it"
            )
        return network_error(self.broke, site=site, url=self._url)
