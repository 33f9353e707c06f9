"""A browser that opens an address, follows where it leads, and agrees to everything."""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path


def main() -> None:
    """Open the address of the command line; what the last page says goes beside this user's home."""
    with urllib.request.urlopen(sys.argv[1], timeout=60) as page:
        (Path.cwd() / "page.txt").write_bytes(page.read())


if __name__ == "__main__":
    main()
