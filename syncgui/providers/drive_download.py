"""Bytes down from Drive: small files as one stream, large ones in ranges that are fetched side by side.

Ranges are written in their order, so that what has arrived is always the beginning of the file and can be
gone on with. A connection that breaks costs what was on its way, not what had come. Whoever fetches asks
between two small pieces whether the transfer is paused or to end. What arrived is compared with Drive's
checksums by whoever asked for it.
"""

from __future__ import annotations

import mmap
import threading
from collections import deque
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

import requests

from syncgui.model.errors import (
    CancelledError,
    DamagedError,
    NetworkError,
    SourceChangedError,
    SourceMissingError,
)
from syncgui.providers.abstract_provider import Transfer
from syncgui.providers.drive_answers import RefusedError
from syncgui.providers.drive_calls import DriveCalls
from syncgui.providers.drive_files import DriveFiles
from syncgui.providers.drive_items import Item
from syncgui.providers.network_errors import NETWORK_TROUBLE, network_error

_BLOCK_BYTES = 1 << 20
_PIECE_BYTES = 256 << 10  # taken from a connection at once: on a slow line, too, a pause holds soon
_RANGE_BYTES = 8 << 20
_SIDE_BY_SIDE_FROM_BYTES = 4 * _RANGE_BYTES
_MOST_RANGES = 4  # in memory at once, over all files of the site
_MOST_BREAKS = 5


class DriveDownloads:
    """Downloads of one site; used from several threads."""

    def __init__(self, calls: DriveCalls, files: DriveFiles) -> None:
        self._calls = calls
        self._files = files
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._large = 0  # files that are fetched in ranges now

    def download(self, path: str, target: BinaryIO, transfer: Transfer) -> Item:
        """Write a file's content, from `transfer.start_bytes` on; the file as Drive knows it.

        Raises:
            SourceMissingError: it is not there.
            SyncError: it did not come.
        """
        item = self._files.find(
            self._files.file_place(path), transfer.wait, known_id=transfer.known_id, elsewhere=True
        )
        if item is None:
            raise SourceMissingError(site=self._calls.site, path=path)
        start = transfer.start_bytes
        if start > item.size_bytes:
            raise DamagedError(site=self._calls.site, path=path, detail="more is there than the file has")
        try:
            if item.size_bytes - start >= _SIDE_BY_SIDE_FROM_BYTES:
                self._in_ranges(item, start, target, transfer)
            elif item.size_bytes > start:
                self._stream(item, start, target, transfer)
        except RefusedError as refused:
            if refused.is_missing:
                raise SourceMissingError(site=self._calls.site, path=path) from refused
            if refused.status == 416:  # it is shorter now than when it was looked up
                raise SourceChangedError(site=self._calls.site, path=path) from refused
            raise self._calls.raised(refused, path) from refused
        return item

    def close(self) -> None:
        """End the threads that fetch ranges."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    # -- as one stream -------------------------------------------------------------------------------

    def _stream(self, item: Item, start: int, target: BinaryIO, transfer: Transfer) -> None:
        place, breaks = start, 0
        while place < item.size_bytes:
            before = place
            answer = self._calls.run(lambda: self._get(item, place, item.size_bytes), transfer.wait)  # noqa: B023
            trouble: BaseException | None = None
            with answer:
                blocks = answer.raw.stream(transfer.piece_bytes(_PIECE_BYTES), decode_content=False)
                while True:
                    try:
                        block = next(blocks, b"")
                    except NETWORK_TROUBLE as error:
                        trouble = error
                        break
                    if not block:
                        break
                    block = block[: item.size_bytes - place]
                    target.write(block)
                    place += len(block)
                    transfer.progress(len(block))
            breaks = breaks + 1 if place == before else 0
            if breaks > _MOST_BREAKS:
                raise network_error(trouble or OSError(), site=self._calls.site, url=self._calls.root)
            if place < item.size_bytes:
                transfer.wait(0.25 * 2.0**breaks)

    def _get(self, item: Item, start: int, end: int) -> requests.Response:
        url = f"{self._calls.root}/drive/v3/files/{item.id}?alt=media&supportsAllDrives=true"
        headers = {"Accept-Encoding": "identity"}
        whole = start == 0 and end == item.size_bytes
        if not whole:
            headers["Range"] = f"bytes={start}-{end - 1}"
        return self._calls.send("GET", url, headers=headers, stream=True, good=(200,) if whole else (206,))

    # -- in ranges -----------------------------------------------------------------------------------

    def _in_ranges(self, item: Item, start: int, target: BinaryIO, transfer: Transfer) -> None:
        stop = threading.Event()
        waiting: deque[Future[mmap.mmap]] = deque()
        with self._lock:
            self._large += 1
        try:
            following = start
            while waiting or following < item.size_bytes:
                while following < item.size_bytes and len(waiting) < self._ranges_at_once():
                    end = min(following + _RANGE_BYTES, item.size_bytes)
                    waiting.append(self._fetcher().submit(self._fetch, item, following, end, transfer, stop))
                    following = end
                self._write(waiting.popleft(), target, transfer)
        finally:
            stop.set()
            for one in waiting:
                one.cancel()
            with self._lock:
                self._large -= 1

    def _write(self, coming: Future[mmap.mmap], target: BinaryIO, transfer: Transfer) -> None:
        while True:
            try:
                content = coming.result(0.2)
                break
            except TimeoutError:
                if coming.done():
                    content = coming.result()
                    break
                transfer.wait(0.0)  # who is stopped need not wait for what is on its way
            except futures.CancelledError:
                detail = "its connections were closed"
                raise NetworkError(site=self._calls.site, detail=detail) from None
        view = memoryview(content)
        for place in range(0, len(view), _BLOCK_BYTES):
            block = view[place : place + _BLOCK_BYTES]
            target.write(block)
            transfer.progress(len(block))

    def _fetch(
        self, item: Item, start: int, end: int, transfer: Transfer, stop: threading.Event
    ) -> mmap.mmap:
        """One range, in a thread of its own. `stop`: nobody waits for it any more."""
        content = mmap.mmap(-1, end - start)  # goes back to the system at once when it is written
        view, place, breaks = memoryview(content), 0, 0

        def wait(seconds: float) -> None:
            if stop.wait(seconds):
                raise CancelledError
            transfer.wait(0.0)

        while place < len(view):
            wait(0.0)
            before = place
            answer = self._calls.run(lambda: self._get(item, start + place, end), wait)  # noqa: B023
            trouble: BaseException | None = None
            with answer:
                try:
                    while place < len(view):
                        wait(0.0)
                        piece_bytes = transfer.piece_bytes(_PIECE_BYTES)
                        count = answer.raw.readinto(view[place : place + piece_bytes])
                        if not count:
                            break
                        place += count
                except NETWORK_TROUBLE as error:
                    trouble = error
            breaks = breaks + 1 if place == before else 0
            if breaks > _MOST_BREAKS:
                raise network_error(trouble or OSError(), site=self._calls.site, url=self._calls.root)
            if place < len(view):
                wait(0.25 * 2.0**breaks)
        return content

    def _fetcher(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_MOST_RANGES, thread_name_prefix="syncgui-drive-range")
            return self._pool

    def _ranges_at_once(self) -> int:
        with self._lock:
            return max(1, _MOST_RANGES // self._large)
