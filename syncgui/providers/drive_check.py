"""Can a Drive site be used? Tried out, and said in sentences: account, folders, writing, room, clock.

For the mistakes that are made again and again the sentence says what to do. What is written to try it out
is removed again.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import TYPE_CHECKING, cast

from syncgui.model.errors import (
    LoginError,
    NoStorageError,
    RemoteRootMissingError,
    SiteForbiddenError,
    SyncError,
)
from syncgui.providers.abstract_provider import CheckLine, CheckReport
from syncgui.providers.drive_answers import RefusedError
from syncgui.providers.drive_folders import MY_DRIVE, Folder
from syncgui.providers.drive_site import DriveSite

if TYPE_CHECKING:
    from syncgui.providers.gdrive import GDriveSettings

_PROBE = b"written by syncgui to see whether this folder can be used\n"
_CLOCKS_DIFFER_S = 120.0
_SCARCE_BYTES = 1_000_000_000


def check_site(
    site: str,
    settings: GDriveSettings,
    roots: dict[str, str],
    connect: Callable[[], DriveSite],
    wall_clock: Callable[[], float] = time.time,
) -> CheckReport:
    """Try everything that a transfer needs of a site.

    Args:
        site: its name.
        settings: its settings.
        roots: root name to folder on it.
        connect: gives the site, connected.
        wall_clock: seconds since 1970.
    """
    lines: list[CheckLine] = []
    try:
        drive = connect()
        lines += _account(drive, settings, wall_clock)
    except LoginError as error:
        return CheckReport((*lines, CheckLine(False, f"{error.sentence}.")))
    except SyncError as error:
        return CheckReport((*lines, _bad(error)))
    if not roots:
        lines.append(
            CheckLine(False, f"Site {site} has no folder: give it a root such as /My Drive/projects.")
        )
    for root in dict.fromkeys(roots.values()):
        lines += _root(drive, root)
    return CheckReport(tuple(lines))


def _account(
    drive: DriveSite, settings: GDriveSettings, wall_clock: Callable[[], float]
) -> Iterator[CheckLine]:
    calls = drive.calls
    url = f"{calls.root}/drive/v3/about?fields=user(displayName,emailAddress),storageQuota"
    try:
        answer = calls.run(lambda: calls.send("GET", url), drive.pause)
    except RefusedError as refused:
        raise calls.raised(refused) from refused
    about = json.loads(answer.content)
    user = about.get("user", {}).get("emailAddress") or drive.account.name
    if settings.subject:
        yield CheckLine(True, f"Logged in: {drive.account.identity.name} works in the name of {user}.")
    elif drive.account.identity.kind == "service_account":
        yield CheckLine(True, f"Logged in as the service account {user}.")
    else:
        yield CheckLine(True, f"Logged in as {user}.")
    yield from _clock(answer.headers.get("Date"), wall_clock())
    quota = {key: int(value) for key, value in about.get("storageQuota", {}).items() if str(value).isdigit()}
    if quota.get("limit"):
        free_bytes = quota["limit"] - quota.get("usage", 0)
        yield CheckLine(
            free_bytes >= _SCARCE_BYTES,
            f"Its My Drive has {free_bytes / 1e9:,.1f} GB left of {quota['limit'] / 1e9:,.0f} GB.",
        )


def _clock(date: str | None, now: float) -> Iterator[CheckLine]:
    try:
        theirs = parsedate_to_datetime(date or "").astimezone(UTC)
    except ValueError:
        return
    ahead_s = (datetime.fromtimestamp(now, UTC) - theirs).total_seconds()
    if abs(ahead_s) > _CLOCKS_DIFFER_S:
        side = "ahead" if ahead_s > 0 else "behind"
        yield CheckLine(
            False, f"This machine's clock is {abs(ahead_s):.0f} s {side}: set it by the network's time."
        )
    else:
        yield CheckLine(True, "This machine's clock is right.")


def _root(drive: DriveSite, root: str) -> Iterator[CheckLine]:
    try:
        folder = drive.folders.root(root.rstrip("/"), drive.pause)
    except RemoteRootMissingError as error:
        yield CheckLine(False, f"{error.sentence}. {_what_to_do(drive, root)}")
        return
    except RefusedError as refused:
        yield _bad(drive.calls.raised(refused))
        return
    except SyncError as error:
        yield _bad(error)
        return
    where = "on a shared drive" if folder.drive_id else "in My Drive"
    yield CheckLine(True, f"{root} is there, {where}.")
    try:
        yield from _probed(drive, root, folder)
    except RefusedError as refused:
        yield _bad(drive.calls.raised(refused))
    except (NoStorageError, SiteForbiddenError) as error:
        yield CheckLine(False, f"Nothing can be written to {root}. {error.sentence}. {error.next_step}")
    except SyncError as error:
        yield _bad(error)


def _what_to_do(drive: DriveSite, root: str) -> str:
    names = [name for name in root.split("/") if name]
    name = drive.account.name
    if names and names[0] == MY_DRIVE:
        return f'Create the folder in Drive, and share it with {name} as "Editor".'
    drives = _shared_drives(drive)
    if names and names[0] not in drives:
        close = difflib.get_close_matches(names[0], drives, n=1, cutoff=0.5)
        there = ", ".join(f'"{one}"' for one in sorted(drives)) or "none"
        hint = f'Did you mean "/{close[0]}"? ' if close else ""
        return f'{hint}{name} is a member of: {there}. Add it to the drive as "Content manager".'
    return "Create the folder there; its name is compared to the letter."


def _shared_drives(drive: DriveSite) -> list[str]:
    request = drive.calls.service.drives().list(pageSize=100, fields="drives(name)")
    try:
        answer = drive.calls.ask(request, drive.pause)
    except (RefusedError, SyncError):
        return []
    return [str(one["name"]) for one in cast("list[dict[str, object]]", answer.get("drives", []))]


def _probed(drive: DriveSite, root: str, folder: Folder) -> Iterator[CheckLine]:
    path = f"{root.rstrip('/')}/.syncgui-check-{secrets.token_hex(8)}"
    begin = time.perf_counter()
    stored = drive.upload(BytesIO(_PROBE), len(_PROBE), datetime.now(UTC), path, _Unhindered(drive))
    try:
        target = BytesIO()
        drive.downloads.download(path, target, _Unhindered(drive))
        same = target.getvalue() == _PROBE
    finally:
        delete = drive.calls.service.files().delete(fileId=stored.id, supportsAllDrives=True)
        trash = drive.calls.service.files().update(
            fileId=stored.id, body={"trashed": True}, fields="id", supportsAllDrives=True
        )
        for request in (delete, trash):
            with contextlib.suppress(RefusedError):
                drive.calls.ask(request, drive.pause)
                break
    if not same:
        yield CheckLine(False, f"A file that was written to {root} reads back differently.")
    else:
        seconds = time.perf_counter() - begin
        yield CheckLine(True, f"Files can be written, read and removed there (tried in {seconds:.1f} s).")
    if folder.drive_id:
        yield CheckLine(True, "Its room is that of the shared drive; Drive does not say how much is left.")


def _bad(error: SyncError) -> CheckLine:
    return CheckLine(False, f"{error.sentence}. {error.next_step}")


class _Unhindered:
    """A transfer that nobody stops."""

    known_id: str | None = None
    start_bytes = 0
    resume: str | None = None

    def __init__(self, drive: DriveSite) -> None:
        self._drive = drive

    def progress(self, size_bytes: int) -> None:
        """Nobody looks."""

    def piece_bytes(self, most_bytes: int) -> int:
        """Nothing is limited."""
        return most_bytes

    def kept(self, size_bytes: int) -> None:
        """Nobody looks."""

    def wait(self, seconds: float) -> None:
        """Wait."""
        self._drive.pause(seconds)

    def confirm(self) -> None:
        """It may."""

    def agrees(self, checksum: str) -> bool | None:
        """Nobody knows."""
        del checksum
        return None

    def save(self, token: str | None) -> None:
        """A small file needs none."""
