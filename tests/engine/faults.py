"""Storage that fails under a running loop, and works again later. Each in a process of its own.

`python -m tests.engine.faults TASK FOLDER`; prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from syncgui.model.errors import recognise
from tests.engine.files import Interrupted
from tests.engine.studio import Studio, eventually

_MIB = 2**20


def main(task: str, folder: str) -> None:
    """Do one task."""
    tasks: dict[str, Callable[[Studio], dict[str, object]]] = {
        one.__name__: one for one in (full_disk, full_in_the_middle, read_only, file_size_limit, rights)
    }
    Path(folder).mkdir()
    studio = Studio(Path(folder))
    answer = tasks[task](studio)
    studio.close()
    print(json.dumps(answer))  # noqa: T201 - the answer to the test


def full_disk(studio: Studio) -> dict[str, object]:
    """A target of 4 MiB is full, and gets room later."""
    root = _mounted(studio, "4m")
    (root / "others.bin").write_bytes(bytes(3 * _MIB))
    files = Interrupted()
    ids = [studio.publish([f"{number}.exr"], content=bytes(2 * _MIB)) for number in range(3)]
    with studio.syncing(studio.application("other", files)):
        eventually(lambda: bool(studio.troubles), "the trouble")
        first = sorted({one.code for one in studio.troubles})
        written = files.written_bytes
        _mount("remount,size=64m", root)
        eventually(lambda: all(studio.is_synced(one) for one in ids), "all files")
    return {"first": first, "written_while_full": written, **_end(studio, ids)}


def full_in_the_middle(studio: Studio) -> dict[str, object]:
    """Another program takes the room that was free when the transfer began."""
    root = _mounted(studio, "16m")
    taken = threading.Event()

    def take_room() -> None:
        if not taken.is_set():
            taken.set()
            (root / "others.bin").write_bytes(bytes(10 * _MIB))

    ids = [studio.publish([f"{number}.exr"], content=bytes(4 * _MIB)) for number in range(2)]
    with studio.syncing(studio.application("other", Interrupted(before_write=take_room))):
        eventually(lambda: bool(studio.troubles), "the trouble")
        first = sorted({one.code for one in studio.troubles})
        _mount("remount,size=64m", root)
        eventually(lambda: all(studio.is_synced(one) for one in ids), "all files")
    return {"first": first, **_end(studio, ids)}


def read_only(studio: Studio) -> dict[str, object]:
    """A target is read-only from one moment on, and can be written again later."""
    root = _mounted(studio, "64m")
    ids = [studio.publish([f"{number}.exr"], content=bytes(20_000)) for number in range(200)]
    reached = threading.Event()

    def remount(name: str) -> None:
        del name
        if not reached.is_set():
            reached.set()
            _turn_read_only(root)

    with studio.syncing(studio.application("other", Interrupted(before_rename=remount))):
        eventually(lambda: bool(studio.troubles), "the trouble")
        first = sorted({one.code for one in studio.troubles})
        done = sum(studio.is_synced(one) for one in ids)
        _mount("remount,rw", root)
        eventually(lambda: all(studio.is_synced(one) for one in ids), "all files")
    return {"first": first, "done_before": done < len(ids), **_end(studio, ids)}


def file_size_limit(studio: Studio) -> dict[str, object]:
    """No file may be larger than 4 MiB: one is, and another is not."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    large = studio.publish(["large.exr"], content=bytes(6 * _MIB))
    small = studio.publish(["small.exr"], content=bytes(_MIB))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * _MIB, resource.RLIM_INFINITY))
    studio.sync_once(studio.application("other"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    first = [_code(studio, large), studio.is_synced(small), studio.entry(large).get("tries")]
    return {"first": first, "names": sorted(studio.tree("backup"))}


def rights(studio: Studio) -> dict[str, object]:
    """A folder of the target and a file of the source are closed to this program."""
    for name in ("closed/a.exr", "open/a.exr", "hidden.exr"):
        studio.write(name)
    ids = [studio.publish([studio.file(name, 6)]) for name in ("closed/a.exr", "open/a.exr", "hidden.exr")]
    (studio.root("backup") / "closed").mkdir()
    (studio.root("backup") / "closed").chmod(0o500)
    (studio.root("studio") / "hidden.exr").chmod(0)
    studio.sync_once()
    first = [_code(studio, one) for one in ids]
    tries = [studio.entry(one).get("tries") for one in ids]
    (studio.root("backup") / "closed").chmod(0o700)
    (studio.root("studio") / "hidden.exr").chmod(0o600)
    with studio.syncing():
        eventually(lambda: all(studio.is_synced(one) for one in ids), "all files")
    return {"first": first, "tries_first": tries, **_end(studio, ids)}


def _end(studio: Studio, ids: Sequence[str]) -> dict[str, object]:
    return {
        "synced": sum(studio.is_synced(one) for one in ids),
        "tries": sum(int(str(studio.entry(one).get("tries", 0))) for one in ids),
        "left": _left(studio),
    }


def _left(studio: Studio) -> list[str]:
    return [name for name in studio.tree("backup") if ".part" in name]


def _code(studio: Studio, representation: str) -> str | None:
    error = recognise(str(studio.entry(representation).get("error", "")))
    return error.code if error is not None else None


def _mounted(studio: Studio, size: str) -> Path:
    root = studio.root("backup")
    _mount(f"size={size}", root)
    return root


def _mount(options: str, place: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(place)], check=True)


def _turn_read_only(root: Path) -> None:
    """It is refused while files are open for writing."""
    command = ["mount", "-t", "tmpfs", "-o", "remount,ro", "none", str(root)]
    eventually(
        lambda: subprocess.run(command, check=False, capture_output=True).returncode == 0, "the remount"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
