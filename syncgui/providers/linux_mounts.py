"""What kind of file system a device has, as Linux names it: "ext4", "cifs"."""

from __future__ import annotations

import os
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")


def kind_of_mount(device: int) -> str | None:
    """The name of a device's file system; None where that can not be told."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        mount, _, kind = line.partition(" - ")
        if mount.split(" ", 3)[2] == number and kind:
            return kind.split(" ", 1)[0]
    return None
