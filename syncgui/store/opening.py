"""From a database's address to an open store.

`sqlite:////absolute/file` and `sqlite:///relative/file` are files on a disk of this machine, `mongodb://…`
and `mongodb+srv://…` are servers. Everything else is refused in a sentence: nothing falls back to another
database in silence, and no part of an address that may hold a password is ever shown.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import platformdirs

from syncgui.model.errors import DatabaseUnsupportedError
from syncgui.store.abstract_store import Store
from syncgui.store.schemes import SQLITE, is_server
from syncgui.store.sqlite_store import BUSY_TIMEOUT_S, SqliteStore, utc_now

MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = re.compile(
    r"9p|acfs|afs|beegfs|ceph|cifs|coda|cvmfs|davfs|fhgfs|glusterfs|gpfs|lustre|mmfs|ncpfs|nfs[34]?"
    r"|orangefs|panfs|pvfs2|smb[23]|smbfs|weka|wekafs"
)
_NETWORK_FUSE = re.compile(
    r"fuse\.(sshfs|smbnetfs|gvfsd-fuse|glusterfs|ceph|ceph-fuse|s3fs|rclone|gcsfuse|davfs2?|curlftpfs"
    r"|juicefs|moosefs|mfs|lizardfs|beegfs|afp.*|google-drive-ocamlfuse|onedriver|hdfs|kio-fuse)"
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def open_store(
    address: str,
    *,
    create: bool = False,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    now: Callable[[], datetime] = utc_now,
    mounts: Path = MOUNTS,
    database_name: str | None = None,
    worker_lock_dir: Path | None = None,
    steady_s: Callable[[], float] = time.monotonic,
) -> Store:
    """Open the store at an address; a server is asked nothing yet.

    Args:
        address: a database's address; a relative file is below the current folder.
        create: make the file, and the folder it lies in, if it is missing.
        busy_timeout_s: seconds after which a database that does not answer is called unreachable.
        now: the time for records, aware UTC.
        mounts: where the system lists its mounts, see proc(5).
        database_name: of the projects' database on a server; None: the address or its default says.
        worker_lock_dir: where this machine's workers on a server keep their locks; None: this user's state.
        steady_s: a clock that never jumps and counts suspend, seconds.

    Raises:
        DatabaseUnsupportedError: the address names none that this version can use, or one on a network.
        DatabaseUnreachableError: the database can not be used at the moment.
    """
    if is_server(address):
        # The driver is not small: whoever has a file does without it.
        from syncgui.store.mongo_address import MongoAddress  # noqa: PLC0415
        from syncgui.store.mongo_store import MongoStore  # noqa: PLC0415

        return MongoStore(
            MongoAddress.parse(address, database_name),
            lock_dir=worker_lock_dir or platformdirs.user_state_path("syncgui", appauthor=False) / "workers",
            steady_s=steady_s,
            timeout_s=busy_timeout_s,
        )
    path = _sqlite_path(address)
    kind = network_kind(path, mounts)
    if kind is not None:
        raise DatabaseUnsupportedError(
            detail=f"{path} lies on a network drive ({kind}), where SQLite loses records: put it on a disk "
            "of this machine; to share records between machines, a MongoDB server is the way"
        )
    return SqliteStore(path, create=create, busy_timeout_s=busy_timeout_s, now=now)


def network_kind(path: Path, mounts: Path = MOUNTS) -> str | None:
    """The kind of the network file system that a file lies on, or would; None if it is a local one.

    Where the system does not tell, the file counts as local.
    """
    resolved = path.resolve()
    if resolved.drive.startswith("\\\\"):
        return "a network path"
    try:
        listed = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = kind_of_mount(resolved, listed)
    return kind if _NETWORK.fullmatch(kind) or _NETWORK_FUSE.fullmatch(kind) else None


def kind_of_mount(path: Path, mounts: str) -> str:
    """The kind of the file system that holds an absolute path, "" if unknown.

    Args:
        path: with all links resolved.
        mounts: what /proc/self/mountinfo says; see proc(5).
    """
    best: tuple[int, str] = (0, "")
    for line in mounts.splitlines():
        fields, separator, source = line.partition(" - ")
        columns = fields.split(" ")
        if not separator or len(columns) < 5:
            continue
        place = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), columns[4]))
        # Of two mounts on one folder the later one is seen.
        if path.is_relative_to(place) and len(place.parts) >= best[0]:
            best = (len(place.parts), source.split(" ", 1)[0])
    return best[1]


def _sqlite_path(address: str) -> Path:
    name = address[len(SQLITE) :]
    if not address.lower().startswith(SQLITE) or not name or "\0" in name:
        raise DatabaseUnsupportedError(
            detail="The address of the database must be mongodb://HOST, sqlite:////absolute/file or"
            " sqlite:///relative/file"
        )
    return Path.cwd() / name
