"""Answers on their way out, as whole and as right as the call's faults let them be."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

from tests.servers.drive.calls import Answer, FilePart
from tests.servers.drive.errors import Document, HungUpError
from tests.servers.drive.faults import Effects
from tests.servers.drive.wire import PIECE_BYTES, Pace, Wire, head_bytes

_WRONG_MD5 = "0" * 32
_SLOW_PIECE_BYTES = 1 << 14
_SMALL_BYTES = 1 << 16  # head and content in one packet


def send(wire: Wire, answer: Answer, effects: Effects, ends: Callable[[int], None]) -> None:
    """Send an answer.

    Args:
        wire: where to.
        answer: what.
        effects: what goes wrong with it.
        ends: told how many bytes its body has, before the last of them go out.

    Raises:
        HungUpError: the connection is gone, or was cut on demand.
    """
    if answer.part is not None:
        _send_part(wire, answer, answer.part, effects, ends)
        return
    document = answer.document
    if document is not None and effects.wrong_md5:
        document = _with_wrong_md5(document)
    body = b"" if document is None else json.dumps(document, separators=(",", ":")).encode()
    headers = [*answer.headers, ("Date", formatdate(usegmt=True)), ("Server", "ESF")]
    if document is not None:
        headers.append(("Content-Type", "application/json; charset=UTF-8"))
    if answer.status != 204:
        headers.append(("Content-Length", str(len(body))))
    head = head_bytes(answer.status, headers)
    body = body[: effects.drop_response_after]
    ends(len(body))
    wire.send(head + body)
    if effects.drop_response_after is not None:
        raise HungUpError


def _send_part(
    wire: Wire, answer: Answer, part: FilePart, effects: Effects, ends: Callable[[int], None]
) -> None:
    size = part.size
    if effects.truncate_to is not None:
        size = min(size, effects.truncate_to)
    headers = [*answer.headers, ("Content-Length", str(size)), ("Date", formatdate(usegmt=True))]
    head = head_bytes(answer.status, headers)
    if size <= _SMALL_BYTES and effects.is_none:
        content = _whole(part.path, part.offset, size)
        ends(size)
        wire.send(head + content)
        return
    wire.send(head)
    sent = size
    if effects.drop_response_after is not None:
        sent = min(size, effects.drop_response_after)
    descriptor = os.open(part.path, os.O_RDONLY)
    last = min(sent, _SMALL_BYTES)
    try:
        if effects.corrupt_at is None and not effects.bytes_per_s:
            wire.send_part(descriptor, part.offset, sent - last)
            ends(sent)
            wire.send(os.pread(descriptor, last, part.offset + sent - last))
        else:
            _send_pieces(wire, descriptor, part.offset, sent, effects, ends)
    finally:
        os.close(descriptor)
    if effects.drop_response_after is not None:
        raise HungUpError


def _whole(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        return file.read(size) if size else b""


def _send_pieces(
    wire: Wire, descriptor: int, offset: int, size: int, effects: Effects, ends: Callable[[int], None]
) -> None:
    pace = Pace(effects.bytes_per_s) if effects.bytes_per_s else None
    wrong = -1
    if effects.corrupt_at is not None:
        wrong = offset + (effects.corrupt_at if effects.corrupt_at >= 0 else size + effects.corrupt_at)
    end = offset + size
    if not size:
        ends(0)
    while offset < end:
        most = PIECE_BYTES if pace is None else _SLOW_PIECE_BYTES
        piece = bytearray(os.pread(descriptor, min(most, end - offset), offset))
        if not piece:
            raise HungUpError
        if offset <= wrong < offset + len(piece):
            piece[wrong - offset] ^= 0xFF
        if offset + len(piece) == end:
            ends(size)
        wire.send(memoryview(piece))
        offset += len(piece)
        if pace is not None:
            pace.spend(len(piece))


def _with_wrong_md5(document: Document) -> Document:
    found = _wrong(document)
    assert isinstance(found, dict)
    return found


def _wrong(value: object) -> object:
    if isinstance(value, dict):
        return {name: _WRONG_MD5 if name == "md5Checksum" else _wrong(one) for name, one in value.items()}
    return [_wrong(one) for one in value] if isinstance(value, list) else value
