"""The one family of errors, and the one table of what each of them means.

Each class says whether the file, its site, the database or the settings are at fault, whether it costs
the file a try, whether it goes on by itself, and carries four texts: title, cause, what happens next and
what a person can do. Texts are filled from the facts given to the error, never from a record's own
templates, and hold no secret. `docs/errors.md` is made from this table.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import ClassVar


class Scope(StrEnum):
    """What an error is about, so what waits because of it."""

    FILE = "file"
    SITE = "site"
    DATABASE = "database"
    SETTINGS = "settings"


class SyncError(Exception):
    """A failure that a person can be told about.

    Args:
        site: the site concerned, "" if none.
        path: the file's path as the record has it, "" if none.
        detail: what the system said, in its words, without secrets.
    """

    code: ClassVar[str] = "unforeseen"
    scope: ClassVar[Scope] = Scope.FILE
    costs_try: ClassVar[bool] = True
    waits_for_person: ClassVar[bool] = False
    retry_after_s: ClassVar[float | None] = None
    title_text: ClassVar[str] = "Something unforeseen happened"
    cause_text: ClassVar[str] = "The transfer stopped for a reason nobody foresaw: {detail}"
    next_text: ClassVar[str] = "It is tried again by itself, a few times."
    remedy_text: ClassVar[str] = "If it stays, send the log to whoever looks after syncgui."

    def __init__(self, *, site: str = "", path: str = "", detail: str = "") -> None:
        self.site = site
        self.path = path
        self.detail = detail
        super().__init__(self.sentence)

    def _fill(self, text: str) -> str:
        return text.format(site=self.site, path=self.path, detail=self.detail)

    @property
    def title(self) -> str:
        """A few words, for a heading."""
        return self._fill(self.title_text)

    @property
    def sentence(self) -> str:
        """The cause, in one sentence: what goes into a record's `error`."""
        return self._fill(self.cause_text)

    @property
    def happens_next(self) -> str:
        """What the program does about it by itself."""
        return self._fill(self.next_text)

    @property
    def next_step(self) -> str:
        """What a person can do."""
        return self._fill(self.remedy_text)


# -- the file itself is at fault: these cost a try ---------------------------------------------------


class UnforeseenError(SyncError):
    """Anything that no other class names; its text is cleaned before it gets here."""


class SourceMissingError(SyncError):
    """The record says that the source site has the file, and it is not there."""

    code = "source_missing"
    title_text = "Source file is gone"
    cause_text = "{path} is not on {site}, though the record says so"
    remedy_text = "Publish it again, or restore the file on {site}; then Retry."


class SourceUnreadableError(SyncError):
    """The source is there and may not be read."""

    code = "source_unreadable"
    title_text = "Source file can not be read"
    cause_text = "{path} can not be read on {site}: {detail}"
    remedy_text = "Give this machine's user the right to read it; then Retry."


class SourceNotAFileError(SyncError):
    """The source path leads to a folder, a link, a device."""

    code = "source_not_a_file"
    title_text = "Source is not an ordinary file"
    cause_text = "{path} on {site} is not an ordinary file: {detail}"
    remedy_text = "Publish a file in its place; then Retry."


class NameInTheWayError(SyncError):
    """Something that is no file occupies the target's name, or a file stands where a folder must be."""

    code = "name_in_the_way"
    title_text = "A name is in the way"
    cause_text = "On {site} something is in the way of {path}: {detail}"
    remedy_text = "Move it away or rename it on {site}; then Retry."


class PathRefusedError(SyncError):
    """The path would leave its root, or is no path that this site can hold."""

    code = "path_refused"
    waits_for_person = True
    title_text = "Path refused"
    cause_text = "The path {path} is refused: {detail}"
    next_text = "Nothing is read or written under it."
    remedy_text = "Publish the file under a path below the project's root; the record is left as it is."


class NameRefusedError(PathRefusedError):
    """A name of the path is none that this site's storage can hold."""

    code = "name_refused"
    title_text = "A name that the site can not hold"
    cause_text = "{site} can not hold the path {path}: {detail}"
    next_text = "Nothing is read or written under it there."
    remedy_text = "Publish the file under a name that {site} can hold; the record is left as it is."


class LinkRefusedError(PathRefusedError):
    """A link is on the way, and leads into no folder into which links of this site may lead."""

    code = "link_refused"
    title_text = "A link is on the way"
    cause_text = "The path {path} is refused on {site}: {detail} is a link that may not be followed there"
    remedy_text = (
        "If that storage belongs to {site}, name the folder to which {detail} leads in the site's setting "
        "allowed_link_targets; else put a folder in the place of the link. Then Retry."
    )


class TargetNotWritableError(SyncError):
    """This one target, or its folder, may not be written."""

    code = "target_not_writable"
    title_text = "Target can not be written"
    cause_text = "{path} can not be written on {site}: {detail}"
    remedy_text = "Give this machine's user the right to write there; then Retry."


class DamagedError(SyncError):
    """Size or checksum of what arrived differ from what was sent."""

    code = "damaged"
    title_text = "The copy differs from its source"
    cause_text = "What arrived on {site} as {path} differs from its source: {detail}"
    next_text = "The copy was discarded; it is tried again by itself."
    remedy_text = "If it stays, have the disk or the line of {site} checked."


# -- the file waits, without a try -------------------------------------------------------------------


class SizeDiffersError(SyncError):
    """The source stands still and its size is not the recorded one."""

    code = "size_differs"
    costs_try = False
    waits_for_person = True
    retry_after_s = 600.0
    title_text = "Size differs from the record"
    cause_text = "{path} on {site} is not as it was published: {detail}"
    next_text = "It waits, and is looked at again every 10 minutes."
    remedy_text = "Accept it as it is, or publish it again, or restore the published file on {site}."


class SourceUnstableError(SyncError):
    """The source is still being written."""

    code = "source_unstable"
    costs_try = False
    retry_after_s = 5.0
    title_text = "Source is still being written"
    cause_text = "{path} on {site} is still being written"
    next_text = "It is taken as soon as it stands still."
    remedy_text = "Nothing needs to be done."


class SourceChangedError(SyncError):
    """The source changed while it was copied; the copy was discarded."""

    code = "source_changed"
    costs_try = False
    retry_after_s = 5.0
    title_text = "Source changed while it was copied"
    cause_text = "{path} changed on {site} while it was copied"
    next_text = "The copy was discarded; the new content is copied by itself."
    remedy_text = "Nothing needs to be done."


class TooLargeForRoomError(SyncError):
    """The site has room, but not for a file of this size: smaller ones go on."""

    code = "too_large_for_room"
    costs_try = False
    retry_after_s = 60.0
    title_text = "Not enough room for it on {site}"
    cause_text = "{site} has not enough room for {path}: {detail}"
    next_text = "It waits, and is looked at again every minute; files that fit go on."
    remedy_text = "Make room on {site}."


class FileForbiddenError(SyncError):
    """The site's account may not do that with this one file, or in its folder; the site itself it may use."""

    code = "file_forbidden"
    costs_try = False
    waits_for_person = True
    retry_after_s = 600.0
    title_text = "{site} does not allow it for this file"
    cause_text = "The account of {site} is not allowed to do that with {path}: {detail}"
    next_text = "It waits, and is tried again every 10 minutes; other files go on."
    remedy_text = "Give the account the right to it, or to its folder, on {site}."


class FolderFullError(SyncError):
    """One folder of the site takes nothing more in; the others do."""

    code = "folder_full"
    costs_try = False
    waits_for_person = True
    retry_after_s = 600.0
    title_text = "A folder on {site} takes no more"
    cause_text = "The folder of {path} on {site} takes no more: {detail}"
    next_text = "It waits, and is tried again every 10 minutes; other files go on."
    remedy_text = "Make room in that folder on {site}, or publish into another one."


class DownloadQuotaError(SyncError):
    """This one file was fetched so often that the site gives it out no more for a while."""

    code = "download_quota"
    costs_try = False
    retry_after_s = 3600.0
    title_text = "{site} gives the file out no more today"
    cause_text = "{site} gives {path} out no more for a while: {detail}"
    next_text = "It waits, and is asked for again every hour; other files go on."
    remedy_text = "Nothing needs to be done; it goes on by tomorrow."


class FileInUseError(SyncError):
    """Another program has the file open in a way in which it can be neither read nor replaced: Windows."""

    code = "in_use"
    costs_try = False
    retry_after_s = 60.0
    title_text = "Open in another program"
    cause_text = "{path} is open in another program on {site}: {detail}"
    next_text = "It waits, and is tried again every minute; other files go on."
    remedy_text = "Close it in the program that has it open."


class LinkDeadError(SyncError):
    """A link on the way may be followed, and the storage behind it is not there."""

    code = "link_dead"
    costs_try = False
    retry_after_s = 60.0
    title_text = "What a link leads to is not there"
    cause_text = "{path} lies behind the link {detail} on {site}, and what that leads to is not there"
    next_text = "It waits, and is looked at again every minute; other files go on."
    remedy_text = "Connect the storage to which {detail} leads, or mend the link."


class StorageAwayError(LinkDeadError):
    """A part of the site has storage of its own, behind a link or mounted there, which does not work."""

    code = "storage_away"
    title_text = "A part of {site} does not work"
    cause_text = "{path} lies on storage of its own on {site}, which does not work at the moment: {detail}"
    remedy_text = "If it stays, have that storage looked at."


class LeaseLostError(SyncError):
    """Another worker may have this file now; nothing is renamed or recorded."""

    code = "lease_lost"
    costs_try = False
    title_text = "Another machine took this file over"
    cause_text = "{path} was taken over by another worker"
    next_text = "The other worker transfers it."
    remedy_text = "Nothing needs to be done."


class CancelledError(SyncError):
    """The transfer was stopped on purpose: pause, quit, a deleted record."""

    code = "cancelled"
    costs_try = False
    title_text = "Stopped"
    cause_text = "The transfer of {path} was stopped"
    next_text = "It goes on when syncing goes on."
    remedy_text = "Resume, when you like."


# -- the whole site is affected: its files stay queued, no try ----------------------------------------


class SiteError(SyncError):
    """A failure of a site as a whole; it backs off as one."""

    code = "site_trouble"
    scope = Scope.SITE
    costs_try = False
    title_text = "{site} is in trouble"
    cause_text = "Site {site} does not work at the moment: {detail}"
    next_text = "Its files wait; it is tried again by itself, nothing is lost."
    remedy_text = "If it stays, have {site} looked at."


class SiteNotConnectedError(SiteError):
    """The site's root is missing, or is not the folder that it was."""

    code = "not_connected"
    title_text = "{site} not connected"
    cause_text = "Site {site} is not connected: {detail}"
    next_text = "Its files wait; nothing is written, recorded or tried until it is back."
    remedy_text = "Mount or connect it. If the folder is right as it is, say so: syncgui sites confirm {site}"


class RootUnknownError(SiteError):
    """The path names a root for which the site has no folder on this machine."""

    code = "root_unknown"
    waits_for_person = True
    title_text = "No folder for a root on {site}"
    cause_text = "Site {site} has no folder on this machine for root {detail}"
    next_text = "Files below that root wait."
    remedy_text = "Give it one: syncgui sites set --root {site}:{detail}=PATH"


class NetworkError(SiteError):
    """The site's server can not be reached, or the connection breaks again and again."""

    code = "network"
    title_text = "{site} can not be reached"
    cause_text = "No connection to site {site}: {detail}"
    remedy_text = "Have a look at this machine's network; at a studio's, at its proxy (HTTPS_PROXY)."


class CertificateError(SiteError):
    """The server's certificate is not one that this machine trusts."""

    code = "certificate"
    waits_for_person = True
    title_text = "{site}: certificate not trusted"
    cause_text = "The server of site {site} shows a certificate that this machine does not trust: {detail}"
    remedy_text = (
        "If the network has an authority of its own, name its file in REQUESTS_CA_BUNDLE or SSL_CERT_FILE;"
        " else have this machine's clock and network looked at."
    )


class LoginError(SiteError):
    """The site does not accept this account, or there is none."""

    code = "login"
    waits_for_person = True
    title_text = "{site} refuses the login"
    cause_text = "Site {site} can not be logged in to: {detail}"
    remedy_text = "See what is wrong and what to do: syncgui sites test {site}"


class ApiDisabledError(SiteError):
    """The account's project may not use the storage's interface."""

    code = "api_disabled"
    waits_for_person = True
    title_text = "The interface of {site} is not enabled"
    cause_text = "The account's project may not use the interface of site {site}: {detail}"
    remedy_text = "Enable the Google Drive API in the account's project; it takes some minutes to hold."


class SiteForbiddenError(SiteError):
    """The account is known and may not do what is asked."""

    code = "site_forbidden"
    waits_for_person = True
    title_text = "{site} does not allow it"
    cause_text = "The account of site {site} is not allowed to do that: {detail}"
    remedy_text = "Give the account the right to write there; on a shared drive: Content manager."


class NoStorageError(SiteError):
    """The account owns no storage of its own, so nothing can be stored in its name."""

    code = "no_storage"
    waits_for_person = True
    title_text = "The account of {site} owns no storage"
    cause_text = "The account of site {site} owns no storage to put files into: {detail}"
    remedy_text = (
        'Let the site\'s root be a folder of a shared drive, or set "subject" to a user in whose name the'
        " account may work; docs/google_drive.md says how."
    )


class RateLimitedError(SiteError):
    """The storage asks for a slower pace, for longer than a call waits."""

    code = "rate_limited"
    title_text = "{site} asks for a slower pace"
    cause_text = "Site {site} asks for a slower pace: {detail}"
    next_text = "All its files wait as long as it asks for, and go on by themselves."
    remedy_text = "Nothing needs to be done."


class DailyLimitError(SiteError):
    """What the storage takes or gives in a day is used up."""

    code = "daily_limit"
    title_text = "{site} takes no more today"
    cause_text = "Site {site} has reached what it allows in a day: {detail}"
    next_text = "Its files wait; it is tried again by itself, and goes on by tomorrow."
    remedy_text = "Nothing needs to be done; a second account would have a limit of its own."


class RemoteRootMissingError(SiteNotConnectedError):
    """The folder of a root is not there on a site that is no folder of this machine. `detail`: which."""

    code = "remote_root_missing"
    title_text = "Folder of {site} not found"
    cause_text = "Site {site} has no folder {detail}, or its account does not see it"
    remedy_text = "Create it and share it with the account. What else may be wrong: syncgui sites test {site}"


class ReadOnlyError(SiteError):
    """The site's storage is mounted read-only."""

    code = "read_only"
    title_text = "{site} is read-only"
    cause_text = "Site {site} can not be written: {detail}"
    remedy_text = "Have it mounted with the right to write."


class DiskFullError(SiteError):
    """No room, or no quota, is left."""

    code = "disk_full"
    title_text = "Disk full on {site}"
    cause_text = "There is no room left on {site}: {detail}"
    next_text = "Its files wait and go on by themselves when there is room."
    remedy_text = "Make room on {site}."


class ProviderMissingError(SiteError):
    """The site's provider is not part of this installation."""

    code = "provider_missing"
    waits_for_person = True
    title_text = "Provider of {site} is missing"
    cause_text = "Site {site} can not be used: provider {detail} is not part of this installation yet"
    next_text = "Its files wait."
    remedy_text = "Choose another site, or install a version that has the provider."


class SiteUnknownError(SiteError):
    """The settings name a site that they do not define, or define wrongly."""

    code = "site_unknown"
    waits_for_person = True
    title_text = "{site} is not set up"
    cause_text = "Site {site} can not be used: {detail}"
    next_text = "Its files wait."
    remedy_text = "See what is wrong: syncgui settings check"


class LocalIdSharedError(SiteError):
    """Another live machine has the same name. `detail`: its host and user, "ws2 (anna)"."""

    code = "local_id_shared"
    waits_for_person = True
    title_text = "{site} is the name of two machines"
    cause_text = "This machine's name {site} is also used by {detail}: what is recorded for it may be there"
    next_text = (
        "Files from and to {site} wait until only one machine has that name, or a person has answered."
    )
    remedy_text = (
        "Give this machine a name of its own: syncgui sites set --local-id NAME. If one disk serves both,"
        " say that it is right: syncgui sites confirm {site}"
    )


# -- the database, the settings ----------------------------------------------------------------------


class DatabaseUnreachableError(SyncError):
    """The store does not answer: locked, gone, damaged."""

    code = "database_unreachable"
    scope = Scope.DATABASE
    costs_try = False
    title_text = "Database unreachable"
    cause_text = "The database is unreachable: {detail}"
    next_text = "It is tried again by itself; finished transfers are kept and recorded later."
    remedy_text = "If it stays, have the database looked at."


class DatabaseUnsupportedError(DatabaseUnreachableError):
    """The address names a kind of database that this version does not speak."""

    code = "database_unsupported"
    waits_for_person = True
    title_text = "Database not supported"
    cause_text = "{detail}"
    next_text = "Nothing is synced."
    remedy_text = (
        "Name a database: --database mongodb://HOST, or an SQLite file: --database sqlite:////absolute/file"
    )


class DatabaseLoginError(DatabaseUnreachableError):
    """The server refuses the user or the password of the address."""

    code = "database_login"
    waits_for_person = True
    title_text = "Database refuses the login"
    cause_text = "The database refuses user and password: {detail}"
    next_text = "It is tried again by itself; finished transfers are kept and recorded later."
    remedy_text = "Have user and password of the database's address put right."


class DatabaseForbiddenError(DatabaseUnreachableError):
    """The server knows the user and does not allow what was asked. `path`: the project or database."""

    code = "database_forbidden"
    waits_for_person = True
    title_text = "Not allowed in the database"
    cause_text = "The database does not allow this user to work in {path}: {detail}"
    next_text = "What may be read is shown; it is tried again by itself."
    remedy_text = "Have the role readWrite on {path} granted to the user of the database's address."


class ViewerError(DatabaseForbiddenError):
    """This user may be no worker: it only looks. `path`: the database that it may not write."""

    code = "viewer"
    title_text = "Only looking"
    cause_text = "This program only looks, as the database does not let it write in {path}: {detail}"
    next_text = "Everything is shown, nothing is transferred from here; it is asked again every minute."
    remedy_text = (
        "To sync from here, have the role readWrite on {path} and on the projects' database granted to the"
        " user of the database's address."
    )


class RoundFailedError(DatabaseUnreachableError):
    """A round of the loop tripped over something that nobody foresaw."""

    code = "round_failed"
    title_text = "Syncing stumbled"
    cause_text = "A round of syncing failed for a reason nobody foresaw: {detail}"
    next_text = "The next round comes by itself; what was moved is kept."
    remedy_text = "If it stays, send the log to whoever looks after syncgui."


class OtherProgramError(SyncError):
    """Another sync program moves files of the same data. `detail`: how many, "3 files"."""

    code = "other_program"
    scope = Scope.DATABASE
    costs_try = False
    waits_for_person = True
    title_text = "Another sync program is at work"
    cause_text = "Another sync program is at work on the same data ({detail})"
    next_text = "What it moves is left to it; everything else is synced."
    remedy_text = "Switch it off: docs/mongodb.md says how."


class SettingsError(SyncError):
    """The settings, or the wish as it was given, can not be used."""

    code = "settings"
    scope = Scope.SETTINGS
    costs_try = False
    waits_for_person = True
    title_text = "Settings can not be used"
    cause_text = "{detail}"
    next_text = "Nothing is synced until that is mended."
    remedy_text = "See what is wrong: syncgui settings check"


def every_error() -> list[type[SyncError]]:
    """All classes of the family that carry a code of their own, sorted by scope and code."""
    found: dict[str, type[SyncError]] = {SyncError.code: UnforeseenError}
    waiting: list[type[SyncError]] = [SyncError]
    while waiting:
        for child in waiting.pop().__subclasses__():
            found.setdefault(child.code, child)
            waiting.append(child)
    return sorted(found.values(), key=lambda one: (one.scope, one.code))


def recognise(sentence: str) -> SyncError | None:
    """The error that a recorded sentence came from, with its facts; None if it is not one of ours.

    Records carry the sentence only, so that every tool can show it; this brings back code and texts.
    """
    for kind, pattern in _patterns():
        match = pattern.fullmatch(sentence)
        if match:
            return kind(**match.groupdict())
    return None


@cache
def _patterns() -> list[tuple[type[SyncError], re.Pattern[str]]]:
    """One pattern for each cause, those with more fixed text first."""
    found: list[tuple[int, type[SyncError], re.Pattern[str]]] = []
    for kind in every_error():
        seen: set[str] = set()
        pattern, fixed = "", 0
        for text in re.split(r"(\{\w+\})", kind.cause_text):
            name = text[1:-1]
            if not text.startswith("{"):
                pattern, fixed = pattern + re.escape(text), fixed + len(text)
            else:
                pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*)"
                seen.add(name)
        if fixed:
            found.append((-fixed, kind, re.compile(pattern, re.DOTALL)))
    found.sort(key=lambda one: (one[0], one[1].code))
    return [(kind, pattern) for _, kind, pattern in found]
