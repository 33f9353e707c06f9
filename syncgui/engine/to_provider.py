"""Files on their way to a site that is no folder of this machine: one by one, by its provider.

What the site holds already is compared before anything is sent; what was sent, with what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO, cast

from syncgui.engine.bandwidth import Bandwidth
from syncgui.engine.begun import Begun
from syncgui.engine.checksums import Checksums
from syncgui.engine.gate import Gate
from syncgui.engine.hashing_streams import HashingSource
from syncgui.engine.moving import Moving
from syncgui.engine.site_access import SiteAccess
from syncgui.engine.source_looks import with_path
from syncgui.engine.transfer_control import Tokens, TransferControl
from syncgui.model.errors import (
    DamagedError,
    SiteUnknownError,
    SourceChangedError,
    SyncError,
    UnforeseenError,
)
from syncgui.model.times import moment_of
from syncgui.providers.abstract_provider import StoredFile

_BLOCK_BYTES = 2**20


class ToProvider:
    """Uploads; one for the whole engine, used from all slots.

    Args:
        confirm: what is done before content becomes visible.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        bandwidth: Bandwidth,
        begun: Begun,
        confirm: Callable[[Moving], None],
    ) -> None:
        self._gate = gate
        self._bandwidth = bandwidth
        self._begun = begun
        self._confirm = confirm

    def look(self, moving: Sequence[Moving], target: SiteAccess) -> dict[int, StoredFile]:
        """What the target holds under each of these files' paths, by the place in the sequence."""
        asked = [n for n, one in enumerate(moving) if one.error is None]
        if not asked:
            return {}
        paths = [target.place(moving[n].job.placed).path for n in asked]
        there: dict[int, StoredFile] = {}
        # Without the ids of the records: what was moved away from its path is not there.
        answers = target.provider.stat_many(paths)
        for n, answer in zip(asked, answers, strict=True):
            if isinstance(answer, SyncError):
                moving[n].error = with_path(answer, moving[n].job)
            elif answer is not None:
                there[n] = answer
        return there

    def take_as_there(self, one: Moving, there: StoredFile | None, target: SiteAccess, worker: str) -> bool:
        """Whether the target holds this very content: then it is confirmed, and nothing is sent."""
        if there is None or there.size_bytes != one.look.size_bytes or one.from_folder is None:
            return False
        checksums = Checksums(one.checksums.algorithms, size_bytes=one.look.size_bytes)
        if all(checksums.agrees(known) is None for known in there.checksums):
            return False  # nothing that it says of the content can be compared
        with one.from_folder.open_source(one.job.placed.parts) as opened:
            one.facts = opened.facts
            while block := opened.read(_BLOCK_BYTES):
                self._gate.pass_through(one.job.cancellation, one.job.path)
                checksums.update(block)
        if checksums.size_bytes != there.size_bytes or checksums.contradicts(there.checksums):
            return False
        self._confirm(one)
        one.checksums, one.stored_id, one.copied = checksums, there.id, False
        tokens = self._tokens(one, target, worker)
        if tokens.read() is not None:
            tokens.save(None)  # of an upload whose end was not heard of
        return True

    def upload(self, one: Moving, target: SiteAccess, worker: str) -> None:
        """Send a file. `worker`: our name; what is begun of it is ours.

        Raises:
            SyncError: it is not there, or not as it should be.
        """
        job = one.job
        if one.from_folder is None:
            raise SiteUnknownError(
                site=job.target,
                path=job.path,
                detail=f"neither it nor {job.source} is a folder of this machine",
            )
        control = TransferControl(
            job,
            self._gate,
            self._bandwidth,
            one.checksums,
            confirm=lambda: self._confirm(one),
            known_id=job.target_id,
            tokens=self._tokens(one, target, worker),
        )
        with one.from_folder.open_source(job.placed.parts) as opened:
            one.facts = opened.facts
            if not one.look.is_of(opened.facts):
                raise SourceChangedError(site=job.source, path=job.path)
            stored = target.provider.upload(
                cast("BinaryIO", HashingSource(opened, one.checksums)),
                one.look.size_bytes,
                moment_of(one.look.mtime_ns),
                target.place(job.placed).path,
                control,
            )
        if not control.was_confirmed:
            raise UnforeseenError(
                site=job.target, path=job.path, detail="its provider did not ask before it was done"
            )
        if stored.size_bytes != one.look.size_bytes or one.checksums.contradicts(stored.checksums):
            raise DamagedError(
                site=job.target, path=job.path, detail="size or checksum differ after the upload"
            )
        one.stored_id = stored.id

    def _tokens(self, one: Moving, target: SiteAccess, worker: str) -> Tokens:
        """Tokens of this content on its way to this place; kept over restarts for as long as they hold."""
        capabilities = target.provider.capabilities
        place = f"{target.mark}\n{target.place(one.job.placed).path}"
        content = one.look.content
        if not capabilities.resumes_upload or not content:
            return Tokens(lambda: None, lambda _: None)
        lifetime_s = capabilities.token_lifetime_s
        return Tokens(
            lambda: self._begun.take_token(worker, place, content, lifetime_s),
            lambda token: self._begun.keep_token(worker, place, content, token),
        )
