"""Who may do what: roles on shared drives, owners and shares in My Drive, all inherited downwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.servers.drive.items import Item
from tests.servers.drive.world import World

_RANKS = {"": 0, "reader": 1, "commenter": 2, "writer": 3, "fileOrganizer": 4, "organizer": 5, "owner": 6}
ROLES = tuple(_RANKS)[1:]


def rank(role: str) -> int:
    """How much a role allows, 0 for none."""
    return _RANKS.get(role, 0)


@dataclass(slots=True)
class Access:
    """What one account may do; remembers folders it has looked at, so make one for each call."""

    world: World
    email: str
    _roles: dict[str, str] = field(default_factory=dict)
    _trashed: dict[str, bool] = field(default_factory=dict)

    def role(self, item: Item) -> str:
        """The highest role on an item, "" when it may not see it."""
        if item.owner == self.email and not item.drive:
            return "owner"
        known = self._roles.get(item.id)
        if known is None:
            known = self._roles[item.id] = self._role(item)
        return known

    def is_trashed(self, item: Item) -> bool:
        """Whether it or a folder above is in the trash."""
        if item.trashed:
            return True
        if item.parent is None:
            return False
        known = self._trashed.get(item.parent)
        if known is None:
            parent = self.world.tree.items.get(item.parent)
            known = self._trashed[item.parent] = parent is not None and self.is_trashed(parent)
        return known

    def sees(self, item: Item) -> bool:
        """Whether it may read it."""
        return self.role(item) != ""

    def may_edit(self, item: Item) -> bool:
        """Content and metadata."""
        return rank(self.role(item)) >= rank("writer")

    def may_add(self, folder: Item) -> bool:
        """Make something in it."""
        return folder.is_folder and self.may_edit(folder)

    def may_trash(self, item: Item) -> bool:
        """Move it to the trash: content managers on shared drives, owners elsewhere."""
        if item.parent is None:
            return False
        return rank(self.role(item)) >= rank("fileOrganizer" if item.drive else "owner")

    def may_delete(self, item: Item) -> bool:
        """Delete it for good: managers on shared drives, owners elsewhere."""
        if item.parent is None:
            return False
        return rank(self.role(item)) >= rank("organizer" if item.drive else "owner")

    def may_move(self, item: Item) -> bool:
        """Give it another parent."""
        if item.parent is None:
            return False
        return rank(self.role(item)) >= rank("fileOrganizer" if item.drive else "writer")

    def _role(self, item: Item) -> str:
        best = ""
        for given in (item.shares.get(self.email, ""), item.shares.get("anyone", "")):
            best = max(best, given, key=rank)
        if item.drive and item.id == item.drive:
            drive = self.world.drives.get(item.drive)
            return max(best, drive.members.get(self.email, "") if drive else "", key=rank)
        parent = self.world.tree.items.get(item.parent) if item.parent else None
        if parent is None:
            return best
        inherited = self.role(parent)
        return max(best, "writer" if inherited == "owner" else inherited, key=rank)
