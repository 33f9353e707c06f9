"""A process that brings a large file up and down, and prints the most memory that it ever had.

It reads a JSON list: credentials file, endpoint, root, path of the file that is there.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from pathlib import Path

from syncgui.providers.gdrive import GDriveProvider, GDriveSettings
from tests.providers.contract import MIB, MTIME, RecordedTransfer

SIZE = 200 * MIB


class Zeros(io.RawIOBase):
    """So many zeros, made as they are read."""

    def __init__(self) -> None:
        super().__init__()
        self._place = 0

    def read(self, size: int = -1, /) -> bytes:
        data = bytes(min(size, SIZE - self._place))
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        del whence
        self._place = offset
        return offset


class Nowhere(io.RawIOBase):
    """A target that keeps nothing."""

    def write(self, data: object, /) -> int:
        return len(memoryview(data))  # type: ignore[arg-type]


def most_bytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """See the module."""
    credentials, endpoint, root, path = json.load(sys.stdin)
    settings = GDriveSettings(credentials_url=Path(credentials), endpoint=endpoint)
    provider = GDriveProvider("gdrive", settings, {"work": root})
    provider.list_folder(root)
    found = [most_bytes()]
    provider.upload(Zeros(), SIZE, MTIME, f"{root}/another", RecordedTransfer())  # type: ignore[arg-type]
    found.append(most_bytes())
    provider.download(path, Nowhere(), RecordedTransfer())  # type: ignore[arg-type]
    found.append(most_bytes())
    provider.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
