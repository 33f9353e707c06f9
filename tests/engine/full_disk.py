"""A target of 4 MiB that is full, and gets room later. Run in a process with mounts of its own.

`python -m tests.engine.full_disk FOLDER`; prints one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.engine.files import Interrupted
from tests.engine.studio import Studio, eventually


def main(folder: Path) -> None:
    """Sync into a full disk, then make room."""
    folder.mkdir()
    studio = Studio(folder)
    root = studio.root("backup")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(root)], check=True)
    (root / "others.bin").write_bytes(bytes(3 << 20))
    files = Interrupted()
    ids = [studio.publish([f"{number}.exr"], content=bytes(2 << 20)) for number in range(3)]
    with studio.syncing(studio.application("other", files)):
        eventually(lambda: bool(studio.troubles), "the trouble")
        first = sorted({one.code for one in studio.troubles})
        written = files.written_bytes
        subprocess.run(["mount", "-o", "remount,size=64m", str(root)], check=True)
        eventually(lambda: all(studio.is_synced(one) for one in ids), "all files")
    answer = {
        "first": first,
        "written_while_full": written,
        "synced": sum(studio.is_synced(one) for one in ids),
        "tries": sum(int(str(studio.entry(one).get("tries", 0))) for one in ids),
        "left": [name for name in studio.tree("backup") if ".part" in name],
    }
    studio.close()
    print(json.dumps(answer))  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    main(Path(sys.argv[1]))
