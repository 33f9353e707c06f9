"""All items in memory, with what is asked of them often: children, names, owners' bytes, drives' counts."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.servers.drive.items import Item


class Tree:
    """Items by id. Whoever changes it holds `lock`; single look-ups need it not."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.items: dict[str, Item] = {}
        self.used_bytes: Counter[str] = Counter()
        self.item_counts: Counter[str] = Counter()
        self.order = 0
        self._children: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._named: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def put(self, item: Item) -> None:
        """Keep it, in place of the one of the same id."""
        with self.lock:
            if item.id in self.items:
                self.remove(item.id)
            self.items[item.id] = item
            self.order = max(self.order, item.order)
            if item.parent is None:
                return
            self._children[item.parent][item.id] = None
            self._named[item.parent, item.name.casefold()][item.id] = None
            self._count(item, 1)

    def remove(self, item_id: str) -> None:
        """Forget it; its children stay."""
        with self.lock:
            item = self.items.pop(item_id)
            if item.parent is None:
                return
            self._children[item.parent].pop(item_id, None)
            self._named[item.parent, item.name.casefold()].pop(item_id, None)
            self._count(item, -1)

    def children(self, parent: str) -> list[Item]:
        """What lies directly in a folder."""
        with self.lock:
            return [self.items[one] for one in self._children.get(parent, ())]

    def named(self, parent: str, name: str) -> list[Item]:
        """What lies directly in a folder under a name, whatever its case."""
        with self.lock:
            return [self.items[one] for one in self._named.get((parent, name.casefold()), ())]

    def below(self, item: Item) -> Iterator[Item]:
        """The item and all that lies in it, parents first."""
        yield item
        for child in self.children(item.id):
            yield from self.below(child)

    def chain(self, item: Item) -> Iterator[Item]:
        """The item and the folders that it lies in, up to the root."""
        at: Item | None = item
        while at is not None:
            yield at
            at = self.items.get(at.parent) if at.parent else None

    def is_trashed(self, item: Item) -> bool:
        """Whether it or a folder above it is in the trash."""
        return any(one.trashed for one in self.chain(item))

    def under(self, root: str) -> Iterator[tuple[str, Item]]:
        """(path, item) of all that lies below a folder and is not in the trash."""
        pending = [("", root)]
        while pending:
            path, folder = pending.pop()
            for child in self.children(folder):
                if not child.trashed:
                    yield f"{path}{child.name}", child
                    pending.append((f"{path}{child.name}/", child.id))

    def _count(self, item: Item, sign: int) -> None:
        if item.drive:
            self.item_counts[item.drive] += sign
        elif item.size is not None:
            kept = sum(int(str(one["size"])) for one in item.revisions if one.get("keep_forever"))
            self.used_bytes[item.owner] += sign * (item.size + kept)
