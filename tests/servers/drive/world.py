"""All that the server knows, kept in its folder: accounts, shared drives, items, sessions, settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.servers.drive.errors import Document
from tests.servers.drive.ids import Ids
from tests.servers.drive.items import Account, Item, Key, Recorded, SharedDrive
from tests.servers.drive.journal import Journal
from tests.servers.drive.settings import FOLDER, Settings
from tests.servers.drive.tree import Tree


@dataclass(frozen=True, slots=True)
class Session(Recorded):
    """A resumable upload; its bytes are a file of its id.

    Args:
        file_id: of the file to be made or replaced.
        is_new: whether the file is to be made.
        fields: metadata of the start.
        params: the start's query.
        total: size in bytes, None until it is known.
        state: "open", "done", "cancelled" or "expired".
    """

    id: str
    account: str
    file_id: str
    is_new: bool
    fields: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    mime_type: str = ""
    total: int | None = None
    started_ms: int = 0
    state: str = "open"


class World:
    """Everything. Changes go through its methods, which write them down first.

    Args:
        folder: where it is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "content"
        self.partials = folder / "sessions"
        for needed in (folder, self.blobs, self.partials):
            needed.mkdir(parents=True, exist_ok=True)
        self.ids = Ids(folder / "secret")
        self.tree = Tree()
        self.lock = self.tree.lock
        self.settings = Settings()
        self.accounts: dict[str, Account] = {}
        self.drives: dict[str, SharedDrive] = {}
        self.keys: dict[str, Key] = {}
        self.sessions: dict[str, Session] = {}
        self.uploaded_bytes: dict[tuple[str, int], int] = {}
        self._uploads = threading.Lock()
        self._journal = Journal(folder / "journal.jsonl")
        for kind, fields in self._journal.records():
            self._recall(kind, fields)
        self._journal.rewrite(self._records())

    def now_ms(self) -> int:
        """The server's clock."""
        return int((time.time() + self.settings.clock_skew_s) * 1000)

    # Items

    def put(self, *items: Item) -> None:
        """Keep items, new ones or in place of those of the same id."""
        with self.lock:
            self._journal.append(*(("item", item.record()) for item in items))
            for item in items:
                self.tree.put(item)

    def next_order(self) -> int:
        """The number of the next item made."""
        with self.lock:
            self.tree.order += 1
            return self.tree.order

    def remove(self, item: Item) -> None:
        """Forget an item and all below it, contents too."""
        with self.lock:
            gone = list(self.tree.below(item))
            self._journal.append(("gone", {"ids": [one.id for one in gone]}))
            for one in reversed(gone):
                self.tree.remove(one.id)
        for one in gone:
            for blob in (one.blob, *(str(old["blob"]) for old in one.revisions)):
                if blob:
                    self.blob_path(blob).unlink(missing_ok=True)

    def blob_path(self, blob: str) -> Path:
        """Where a content is."""
        return self.blobs / blob

    # Accounts and drives

    def add_account(self, account: Account) -> Account:
        """Keep an account; a new one gets a My Drive."""
        with self.lock:
            if not account.root:
                now = self.now_ms()
                root = Item(
                    id=self.ids.new_root(),
                    name="My Drive",
                    mime_type=FOLDER,
                    owner=account.email,
                    created_ms=now,
                    modified_ms=now,
                )
                self.put(root)
                account = replace(account, root=root.id)
            self._journal.append(("account", account.record()))
            self.accounts[account.email] = account
        return account

    def remove_account(self, email: str) -> None:
        """Forget an account and its My Drive."""
        with self.lock:
            self._journal.append(("account_gone", {"email": email}))
            account = self.accounts.pop(email)
            self.remove(self.tree.items[account.root])

    def add_drive(self, drive: SharedDrive) -> None:
        """Keep a shared drive; a new one gets its root."""
        with self.lock:
            if drive.id not in self.tree.items:
                self.put(
                    Item(
                        id=drive.id,
                        name="Drive",
                        mime_type=FOLDER,
                        drive=drive.id,
                        created_ms=drive.created_ms,
                        modified_ms=drive.created_ms,
                    )
                )
            self._journal.append(("drive", drive.record()))
            self.drives[drive.id] = drive

    def remove_drive(self, drive_id: str) -> None:
        """Forget a shared drive and all on it."""
        with self.lock:
            self._journal.append(("drive_gone", {"id": drive_id}))
            self.drives.pop(drive_id)
            self.remove(self.tree.items[drive_id])

    def add_key(self, key: Key) -> None:
        """Keep a key."""
        with self.lock:
            self._journal.append(("key", key.record()))
            self.keys[key.id] = key

    def change_settings(self, changes: Mapping[str, object]) -> None:
        """Switch."""
        with self.lock:
            self.settings = self.settings.changed(changes)
            self._journal.append(("settings", self.settings.document()))

    # Sessions

    def put_session(self, session: Session) -> None:
        """Keep a session, new or changed."""
        with self.lock:
            self._journal.append(("session", session.record()))
            self.sessions[session.id] = session

    def drop_session(self, session_id: str) -> None:
        """Forget a session and its bytes."""
        with self.lock:
            self._journal.append(("session_gone", {"id": session_id}))
            self.sessions.pop(session_id, None)
        self.partial_path(session_id).unlink(missing_ok=True)

    def partial_path(self, session_id: str) -> Path:
        """Where a session's bytes are."""
        return self.partials / session_id

    # Bytes uploaded in a day

    def uploaded_today(self, email: str) -> int:
        """Bytes that an account has sent since midnight UTC."""
        return self.uploaded_bytes.get((email, self.now_ms() // 86_400_000), 0)

    def add_uploaded(self, email: str, size: int) -> None:
        """Bytes came in."""
        day = (email, self.now_ms() // 86_400_000)
        with self._uploads:
            self.uploaded_bytes[day] = self.uploaded_bytes.get(day, 0) + size

    def _recall(self, kind: str, fields: Document) -> None:
        if kind == "item":
            self.tree.put(Item.from_record(fields))
        elif kind == "gone":
            gone = fields["ids"]
            assert isinstance(gone, list)
            for one in reversed(gone):
                self.tree.remove(one)
        elif kind == "account":
            account = Account.from_record(fields)
            self.accounts[account.email] = account
        elif kind == "account_gone":
            self.accounts.pop(str(fields["email"]), None)
        elif kind == "drive":
            drive = SharedDrive.from_record(fields)
            self.drives[drive.id] = drive
        elif kind == "drive_gone":
            self.drives.pop(str(fields["id"]), None)
        elif kind == "key":
            key = Key.from_record(fields)
            self.keys[key.id] = key
        elif kind == "session":
            session = Session.from_record(fields)
            self.sessions[session.id] = session
        elif kind == "session_gone":
            self.sessions.pop(str(fields["id"]), None)
        elif kind == "settings":
            self.settings = self.settings.changed(fields)

    def _records(self) -> list[tuple[str, Document]]:
        found = [("settings", self.settings.document())]
        found += [("account", one.record()) for one in self.accounts.values()]
        found += [("drive", one.record()) for one in self.drives.values()]
        found += [("key", one.record()) for one in self.keys.values()]
        found += [("item", one.record()) for one in self.tree.items.values()]
        found += [("session", one.record()) for one in self.sessions.values()]
        return found
