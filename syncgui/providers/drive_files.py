"""Files of a Drive site by path: many looked up with one call, found again by their recorded id.

What a look-up found is remembered for a moment and used up by the transfer that follows it, so that a file
costs one call more than its bytes at the most. Of several files of one name in a folder the recorded id
decides, else the newest; the double is reported once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from syncgui.model.errors import PathRefusedError, SyncError
from syncgui.providers.drive_answers import RefusedError
from syncgui.providers.drive_calls import DriveCalls, Wait
from syncgui.providers.drive_folders import MY_DRIVE_ID, DriveFolders, Folder, Parts
from syncgui.providers.drive_items import FIELDS, Item, in_folder, newest_first, read_item

_log = logging.getLogger(__name__)
_FRESH_S = 60.0
_TRUSTED_S = 30.0
_MOST_KEPT = 10_000
_QUERY_CHARACTERS = 4_000
_MOST_LEVELS = 100  # as deep as Drive lets folders be


@dataclass(frozen=True, slots=True)
class Place:
    """A path of the site: the folder of its root, and the names below it."""

    root: str
    parts: Parts

    @property
    def parent(self) -> Parts:
        """The names of its folder."""
        return self.parts[:-1]

    @property
    def name(self) -> str:
        """The last name."""
        return self.parts[-1]


class DriveFiles:
    """The files of one site; used from several threads.

    Args:
        roots: the folders of its roots.
    """

    def __init__(
        self,
        calls: DriveCalls,
        folders: DriveFolders,
        roots: Sequence[str],
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = calls
        self._folders = folders
        self._roots = sorted({one.rstrip("/") for one in roots}, key=len, reverse=True)
        self._steady_s = steady_s
        self._lock = threading.Lock()
        self._kept: dict[Place, tuple[float, tuple[Item, ...]]] = {}
        self._doubled: set[Place] = set()

    def place(self, path: str) -> Place:
        """Where a path of the site leads.

        Raises:
            PathRefusedError: it lies under no root of the site, or has names that lead nowhere.
        """
        for root in self._roots:
            if path.startswith(f"{root}/") or path == root:
                parts = tuple(path[len(root) :].split("/"))[1:]
                if any(one in ("", ".", "..") or "\0" in one for one in parts):
                    break
                return Place(root, parts)
        raise PathRefusedError(
            site=self._calls.site, path=path, detail="it lies under no root of the site, or has empty names"
        )

    def file_place(self, path: str) -> Place:
        """Where a file's path leads.

        Raises:
            PathRefusedError: see `place`; or it is a root itself.
        """
        place = self.place(path)
        if not place.parts:
            raise PathRefusedError(site=self._calls.site, path=path, detail="it is the root itself")
        return place

    def look_up(self, places: Sequence[Place], wait: Wait) -> dict[Place, Item | SyncError | None]:
        """What lies at places now, folder by folder; one folder's trouble is that of its files."""
        by_folder: dict[tuple[str, Parts], list[Place]] = defaultdict(list)
        for one in places:
            by_folder[one.root, one.parent].append(one)
        found: dict[Place, Item | SyncError | None] = {}
        for (root, parent), these in by_folder.items():
            try:
                found |= self._in_folder(root, parent, these, wait)
            except SyncError as error:
                found |= dict.fromkeys(these, error)
            except RefusedError as refused:
                found |= dict.fromkeys(these, self._calls.raised(refused))
        return found

    def find(
        self,
        place: Place,
        wait: Wait,
        *,
        known_id: str | None = None,
        anew: bool = False,
        elsewhere: bool = False,
    ) -> Item | None:
        """The file of a place, None if there is none.

        Args:
            known_id: the id that the record has; it decides among files of one name.
            anew: ask, whatever was found a moment ago.
            elsewhere: where nothing lies at the place, the file of that id is meant, wherever below the
                root it was moved to. For reading only: what somebody moved away is not to be replaced.

        Raises:
            SyncError: it can not be told.
        """
        items = None if anew else self._use_up(place)
        if items is None:
            result = self.look_up([place], wait)[place]
            if isinstance(result, SyncError):
                raise result
            items = self._use_up(place) or ()
        same = [one for one in items if one.id == known_id]
        if elsewhere and known_id and not items:
            return self._by_id(place.root, known_id, wait)
        return next(iter(same or items), None)

    def decide(self, place: Place, known_id: str, wait: Wait) -> Item | None:
        """After a look-up: the file that the record means, remembered for the download that follows."""
        item = self.find(place, wait, known_id=known_id, elsewhere=True)
        if item is not None:
            self._keep(place, (item,))
        return item

    def forget(self, place: Place) -> None:
        """What was found there holds no more."""
        with self._lock:
            self._kept.pop(place, None)

    # -- private -------------------------------------------------------------------------------------

    def _in_folder(
        self, root: str, parent: Parts, places: Sequence[Place], wait: Wait
    ) -> Mapping[Place, Item | None]:
        folder = self._folders.find(root, parent, wait)
        names = [one.name for one in places]
        try:
            by_name = self._by_name(folder, names, wait) if folder else {}
            is_gone = False
        except RefusedError as refused:
            if not refused.is_missing:
                raise
            by_name, is_gone = {}, True
        is_old = folder is not None and self._steady_s() - folder.since_s > _TRUSTED_S
        if folder is not None and (is_gone or (is_old and not by_name)):
            # Nothing at all: perhaps the folder is not what it was when it was remembered.
            self._folders.forget(root, parent)
            again = self._folders.find(root, parent, wait)
            if again is not None and again.id != folder.id:
                by_name = self._by_name(again, names, wait)
        for one in places:
            self._keep(one, tuple(by_name.get(one.name, ())))
        return {one: next(iter(by_name.get(one.name, ())), None) for one in places}

    def _by_name(self, folder: Folder, names: Sequence[str], wait: Wait) -> dict[str, list[Item]]:
        if self._folders.is_empty(folder):
            return {}
        found: dict[str, list[Item]] = defaultdict(list)
        for some in _portions(names):
            for item in self._folders.list_of(folder, in_folder(folder.id, some, folders=False), wait):
                if item.is_binary:
                    found[item.name].append(item)
        return {name: newest_first(items) for name, items in found.items()}

    def _by_id(self, root: str, file_id: str, wait: Wait) -> Item | None:
        try:
            item = self._get(file_id, wait)
            if not item.is_binary or item.trashed or not self._is_below(root, item, wait):
                return None
        except RefusedError as refused:
            if refused.is_missing:
                return None
            raise self._calls.raised(refused) from refused
        return item

    def _is_below(self, root: str, item: Item, wait: Wait) -> bool:
        """Whether a file lies in a root, at any depth: an id may be of anything that the account sees."""
        top = self._folders.root(root, wait).id
        if top == MY_DRIVE_ID:
            top = self._get(top, wait).id  # the name by which it is asked for is not the id that others tell
        for _ in range(_MOST_LEVELS):
            if top in item.parents:
                return True
            if not item.parents:
                return False
            item = self._get(item.parents[0], wait)
        return False

    def _get(self, file_id: str, wait: Wait) -> Item:
        request = self._calls.service.files().get(fileId=file_id, fields=FIELDS, supportsAllDrives=True)
        return read_item(self._calls.ask(request, wait))

    def _keep(self, place: Place, items: tuple[Item, ...]) -> None:
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[place] = (self._steady_s(), items)
            is_news = len(items) > 1 and place not in self._doubled
            if is_news:
                self._doubled.add(place)
        if is_news:
            _log.warning(
                "site %s has %d files called %s in one folder: the recorded one counts, else the newest",
                self._calls.site,
                len(items),
                place.name,
            )

    def _use_up(self, place: Place) -> tuple[Item, ...] | None:
        with self._lock:
            since, items = self._kept.pop(place, (0.0, None))
        return items if items is not None and self._steady_s() - since <= _FRESH_S else None


def _portions(names: Sequence[str]) -> list[list[str]]:
    """Names in portions that a query's text can hold."""
    portions: list[list[str]] = [[]]
    length = 0
    for name in dict.fromkeys(names):
        if portions[-1] and length + len(name) > _QUERY_CHARACTERS:
            portions.append([])
            length = 0
        portions[-1].append(name)
        length += len(name) + 12
    return portions
