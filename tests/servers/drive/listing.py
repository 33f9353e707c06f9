"""files.list: which items a query finds, in which order, page by page."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.servers.drive.access import rank
from tests.servers.drive.answers import masked_file
from tests.servers.drive.calls import Answer, Call
from tests.servers.drive.errors import ApiError, Document, invalid, not_found
from tests.servers.drive.fields import check_names, select
from tests.servers.drive.items import Item
from tests.servers.drive.query import Node, Term, begins_a_word, compare, holds, needed, parse_query, terms
from tests.servers.drive.resources import View
from tests.servers.drive.world import World

_LISTINGS_KEPT = 1000
_KNOWN = frozenset(("kind", "nextPageToken", "incompleteSearch", "files"))
_ORDERS: dict[str, Callable[[Item], Any]] = {
    "name": lambda item: item.name.casefold(),
    "name_natural": lambda item: item.name.casefold(),
    "folder": lambda item: not item.is_folder,
    "createdTime": lambda item: item.created_ms,
    "modifiedTime": lambda item: item.modified_ms,
    "modifiedByMeTime": lambda item: item.modified_ms,
    "viewedByMeTime": lambda _: 0,
    "sharedWithMeTime": lambda _: 0,
    "quotaBytesUsed": lambda item: item.size or 0,
    "recency": lambda item: item.modified_ms,
    "starred": lambda item: not item.starred,
}


@dataclass(frozen=True, slots=True)
class _Listing:
    """What is left to be shown, and of which question."""

    question: tuple[str, ...]
    ids: tuple[str, ...]


class Listings:
    """Answers files.list; remembers what further pages will show."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: OrderedDict[str, _Listing] = OrderedDict()
        self._lock = threading.Lock()

    def list_files(self, call: Call) -> Answer:
        """One page."""
        mask = call.mask
        check_names(mask, _KNOWN)
        size = _page_size(call, self._world.settings.largest_page)
        question = (call.view.account.email, call.params.get("q", ""), call.params.get("driveId", ""))
        if token := call.params.get("pageToken"):
            ids = self._further(token, question)
        else:
            ids = tuple(item.id for item in _found(call))
        items = [item for one in ids[:size] if (item := self._world.tree.items.get(one)) is not None]
        document: Document = {"kind": "drive#fileList", "incompleteSearch": False}
        if len(ids) > size:
            document["nextPageToken"] = self._keep(_Listing(question, ids[size:]))
        if mask is None:
            document["files"] = [masked_file(call, item, None) for item in items]
            return Answer(200, document)
        if "files" in mask or "*" in mask:
            inner = mask.get("files", mask.get("*"))
            document["files"] = [masked_file(call, item, inner or {"*": None}) for item in items]
        chosen = select(document, dict.fromkeys(mask))
        assert isinstance(chosen, dict)
        return Answer(200, chosen)

    def _keep(self, listing: _Listing) -> str:
        token = "~!!~" + secrets.token_urlsafe(60)
        with self._lock:
            self._open[token] = listing
            if len(self._open) > _LISTINGS_KEPT:
                self._open.popitem(last=False)
        return token

    def _further(self, token: str, question: tuple[str, ...]) -> tuple[str, ...]:
        listing = self._open.get(token)
        if listing is None or listing.question != question:
            raise invalid("pageToken")
        return listing.ids


def _found(call: Call) -> list[Item]:
    world, view = call.view.world, call.view
    _check_corpora(call)
    text = call.params.get("q", "").strip()
    query = parse_query(text) if text else None
    drive_id = call.params.get("driveId") or call.params.get("teamDriveId") or ""
    shared_drives = call.flag("includeItemsFromAllDrives")
    if query is not None:
        _check_parents(view, query)
    found = []
    with world.lock:
        for item in _candidates(view, query, drive_id):
            if item.parent is None or (drive_id and item.drive != drive_id):
                continue
            if item.drive and not shared_drives:
                continue
            if query is not None and not holds(query, partial(_is, view, item)):
                continue
            if view.access.sees(item):
                found.append(item)
    return _ordered(found, call.params.get("orderBy", ""))


def _candidates(view: View, query: Node | None, drive_id: str) -> Iterable[Item]:
    """Items among which all that are sought must be; the fewer the better."""
    tree = view.world.tree
    parents = None if query is None else needed(query, "parents")
    if query is not None and parents is not None:
        parents = {view.account.root if one == "root" else one for one in parents}
        names = needed(query, "name")
        if names is not None:
            return [item for parent in parents for name in names for item in tree.named(parent, name)]
        return [item for parent in parents for item in tree.children(parent)]
    return list(tree.items.values())


def _is(view: View, item: Item, term: Term) -> bool:
    field, operator, value = term.field, term.operator, term.value
    if field == "parents":
        return item.parent == (view.account.root if value == "root" else value)
    if field in ("name", "fullText"):
        if operator == "contains":
            return begins_a_word(item.name, str(value))
        if view.world.settings.exact_names:
            return compare(operator, item.name, value)
        return compare(operator, item.name.casefold(), str(value).casefold())
    if field == "mimeType":
        if operator == "contains":
            return str(value) in item.mime_type
        return compare(operator, item.mime_type, value)
    if field == "trashed":
        return compare(operator, view.access.is_trashed(item), value)
    if field == "starred":
        return compare(operator, item.starred, value)
    if field == "sharedWithMe":
        return (not item.drive and view.account.email in item.shares) == value
    if field in ("modifiedTime", "createdTime"):
        return compare(operator, item.modified_ms if field == "modifiedTime" else item.created_ms, value)
    if field == "sharedWithMeTime":
        return compare(operator, item.shared_ms.get(view.account.email, 0), value)
    if field in ("properties", "appProperties"):
        assert isinstance(value, tuple)
        held = item.properties if field == "properties" else item.app_properties
        return held.get(value[0]) == value[1]
    if field == "owners":
        return (view.account.email if value == "me" else value) == item.owner and not item.drive
    if field in ("writers", "readers"):
        return _may(view, item, str(value), "writer" if field == "writers" else "reader")
    if field == "shortcutDetails.targetId":
        return compare(operator, item.target, value)
    if field == "visibility":
        return compare(operator, "anyoneWithLink" if "anyone" in item.shares else "limited", value)
    return False


def _may(view: View, item: Item, email: str, role: str) -> bool:
    email = view.account.email if email == "me" else email
    roles = [one.shares.get(email, "") for one in view.world.tree.chain(item)]
    drive = view.world.drives.get(item.drive)
    if drive is not None:
        roles.append(drive.members.get(email, ""))
    elif item.owner == email:
        roles.append("owner")
    return max(map(rank, roles)) >= rank(role)


def _check_parents(view: View, query: Node) -> None:
    """A folder that is not there for the caller is an error, not an empty list."""
    for term in terms(query):
        if term.field == "parents" and term.value != "root":
            folder = view.world.tree.items.get(str(term.value))
            if folder is None or not view.access.sees(folder):
                raise not_found("")


def _check_corpora(call: Call) -> None:
    corpora = call.params.get("corpora", "")
    drive_id = call.params.get("driveId") or call.params.get("teamDriveId") or ""
    if corpora not in ("", "user", "drive", "allDrives", "domain", "teamDrive", "user,allTeamDrives"):
        raise invalid("corpora")
    if any(one not in ("drive", "appDataFolder") for one in call.params.get("spaces", "drive").split(",")):
        raise invalid("spaces")
    if bool(drive_id) != (corpora in ("drive", "teamDrive")) and (corpora or drive_id):
        raise ApiError(
            403,
            "teamDriveIdRequiresTeamDriveCorpora",
            "The driveId parameter must be specified if and only if corpora is set to drive.",
        )
    includes = call.flag("includeItemsFromAllDrives")
    if corpora in ("drive", "allDrives", "teamDrive") and not includes:
        raise ApiError(
            403,
            "includeTeamDriveItemsRequired",
            "The includeItemsFromAllDrives parameter must be set to true when driveId is specified or "
            "corpora contains drive or allDrives.",
        )
    if includes and not call.flag("supportsAllDrives"):
        raise ApiError(
            403,
            "teamDrivesSupportRequired",
            "The supportsAllDrives parameter must be set to true when includeItemsFromAllDrives is set.",
        )
    if drive_id:
        drive = call.view.world.tree.items.get(drive_id)
        if drive is None or drive.id != drive.drive or not call.view.access.sees(drive):
            raise ApiError(404, "notFound", f"Shared drive not found: {drive_id}", location="driveId")


def _ordered(items: list[Item], order: str) -> list[Item]:
    items.sort(key=lambda item: item.order, reverse=True)
    for part in reversed([one.strip() for one in order.split(",") if one.strip()]):
        name, _, direction = part.partition(" ")
        if name not in _ORDERS or direction.strip() not in ("", "desc"):
            raise invalid("orderBy")
        items.sort(key=_ORDERS[name], reverse=direction.strip() == "desc")
    return items


def _page_size(call: Call, largest: int) -> int:
    text = call.params.get("pageSize", "100")
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ApiError(
            400,
            "invalidParameter",
            f"Invalid value '{text}'. Values must be within the range: [1, 1000]",
            location="pageSize",
        )
    return min(int(text), largest)
