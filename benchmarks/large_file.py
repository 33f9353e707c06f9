"""One large file, site to site on one disk, under each policy, beside `cp` and `sync -f`; pairs interleaved.

`python -m benchmarks.large_file [--size 2147483648] [--pairs 3]` prints one JSON object: medians of wall and
CPU seconds of the whole process (start, scan, transfer, record), and of the quotients of neighbours.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.measuring import Run, run, summary, syncgui, two_sites
from syncgui.settings import Verify

_BLOCK_BYTES = 2**20
_PUBLISHED = ("--project", "Bench", "--asset", "a", "--subset", "s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2 * 2**30)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--dir", type=Path, help="where the files lie; default a temporary folder")
    given = parser.parse_args()
    runs: dict[str, list[Run]] = {policy: [] for policy in Verify}
    peers: dict[str, list[Run]] = {policy: [] for policy in Verify}
    with tempfile.TemporaryDirectory(dir=given.dir) as folder:
        source = Path(folder, "source.bin")
        _write(source, given.size)
        for _ in range(given.pairs):
            for policy in Verify:
                peers[policy].append(_copy(source, Path(folder)))
                runs[policy].append(_sync(source, Path(folder), policy))
    result = {
        "size_bytes": given.size,
        "pairs": given.pairs,
        "cp": summary(one for of_policy in peers.values() for one in of_policy),
        **{policy: summary(of_policy) for policy, of_policy in runs.items()},
        **{
            f"{policy}_over_cp": round(
                statistics.median(
                    mine.wall_s / theirs.wall_s
                    for mine, theirs in zip(runs[policy], peers[policy], strict=True)
                ),
                2,
            )
            for policy in Verify
        },
    }
    print(json.dumps(result))


def _write(path: Path, size_bytes: int) -> None:
    chance = random.Random(1)
    with path.open("wb") as stream:
        for start in range(0, size_bytes, _BLOCK_BYTES):
            stream.write(chance.randbytes(min(_BLOCK_BYTES, size_bytes - start)))
    os.sync()


def _copy(source: Path, folder: Path) -> Run:
    copy = folder / "copy.bin"
    done = run(["sh", "-c", 'cp "$0" "$1" && sync -f "$1"', source, copy])
    copy.unlink()
    os.sync()
    return done


def _sync(source: Path, folder: Path, policy: str) -> Run:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        options = two_sites(place)
        settings = place / "settings" / "project_settings" / "global.json"
        content = json.loads(settings.read_text())
        content["sync_server"]["sites"]["backup"]["verify"] = policy
        settings.write_text(json.dumps(content))
        published = place / "studio" / "large.bin"
        published.hardlink_to(source)
        run(syncgui("publish", *_PUBLISHED, published, *options))
        done = run(syncgui("sync", "--once", "--yes", *options))
        arrived = place / "backup" / "large.bin"
        if arrived.stat().st_size != source.stat().st_size:
            raise RuntimeError("the file did not arrive")
        shutil.rmtree(place / "backup")
        os.sync()
    return done


if __name__ == "__main__":
    main()
