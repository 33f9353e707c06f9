"""Ids as Drive's look. One that the server made tells so itself: it carries a short seal of a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

_SEAL_BYTES = 8


class Ids:
    """Makes ids and knows its own.

    Args:
        path: of the secret, made when missing.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(os.urandom(32))
        self._secret = path.read_bytes()

    def new(self) -> str:
        """An id for a file: 33 signs."""
        return "1" + self._sealed(os.urandom(16))

    def is_ours(self, file_id: str) -> bool:
        """Whether `new` made it."""
        if len(file_id) != 33 or file_id[0] != "1":
            return False
        try:
            data = base64.urlsafe_b64decode(file_id[1:])
        except ValueError:
            return False
        return hmac.compare_digest(data[16:], self._seal(data[:16]))

    @staticmethod
    def new_root() -> str:
        """An id for a root or a shared drive: 19 signs."""
        return "0A" + base64.urlsafe_b64encode(os.urandom(9)).decode()[:11] + "Uk9PVA"

    @staticmethod
    def new_revision() -> str:
        """An id for a content."""
        return "0B" + base64.urlsafe_b64encode(os.urandom(30)).decode()

    @staticmethod
    def new_session() -> str:
        """An id for a resumable session."""
        return "AH" + base64.urlsafe_b64encode(os.urandom(45)).decode()

    def sign(self, text: str) -> str:
        """A seal over a text, for tokens."""
        return base64.urlsafe_b64encode(hmac.digest(self._secret, text.encode(), "sha256")).decode()[:32]

    def permission(self, email: str) -> str:
        """The number that Drive knows an account by."""
        return str(int.from_bytes(hashlib.sha256(email.encode()).digest()[:8], "big")).zfill(20)

    def _sealed(self, data: bytes) -> str:
        return base64.urlsafe_b64encode(data + self._seal(data)).decode()

    def _seal(self, data: bytes) -> bytes:
        return hmac.digest(self._secret, data, "sha256")[:_SEAL_BYTES]
