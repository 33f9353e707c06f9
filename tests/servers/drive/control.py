"""The control interface under /_control/: faults, settings, accounts, counters. JSON, loopback only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from tests.servers.drive.calls import Call
from tests.servers.drive.counters import Counters
from tests.servers.drive.credentials import Credentials
from tests.servers.drive.errors import Document
from tests.servers.drive.faults import Faults
from tests.servers.drive.items import Account, Item, SharedDrive
from tests.servers.drive.sessions import Sessions
from tests.servers.drive.settings import FOLDER
from tests.servers.drive.wire import head_bytes
from tests.servers.drive.world import World


class Control:
    """Answers control calls: POST (or GET) /_control/<name> with a JSON object."""

    def __init__(
        self, world: World, faults: Faults, counters: Counters, sessions: Sessions, credentials: Credentials
    ) -> None:
        self._world = world
        self._faults = faults
        self._counters = counters
        self._sessions = sessions
        self._credentials = credentials
        self._work: dict[str, Callable[[Document], object]] = {
            "faults": self._add_faults,
            "clear_faults": self._clear_faults,
            "counters": lambda _: counters.document(),
            "calls": lambda _: counters.log(),
            "reset": self._reset,
            "settings": self._settings,
            "account": self._account,
            "remove_account": self._remove_account,
            "drive": self._drive,
            "remove_drive": self._remove_drive,
            "share": self._share,
            "folder": self._folder,
            "key": self._key,
            "revoke": self._revoke,
            "expire_tokens": self._expire_tokens,
            "sessions": self._list_sessions,
            "lose_sessions": lambda _: {"lost": sessions.lose()},
            "uploaded_today": self._uploaded_today,
            "credentials": self._write_credentials,
            "tree": self._tree,
            "world": self._show,
        }

    def serve(self, call: Call) -> None:
        """Do what is asked and answer."""
        name = call.head.path.removeprefix("/_control").strip("/")
        status = 200
        body = call.body.read(1 << 26)
        found: object
        if call.wire.sock.getpeername()[0] not in ("127.0.0.1", "::1"):
            status, found = 403, {"error": "from this machine only"}
        elif name not in self._work:
            status, found = 404, {"error": f"no such control: {name}", "known": sorted(self._work)}
        else:
            try:
                found = self._work[name](_object(body))
            except (ValueError, KeyError, TypeError) as error:
                status, found = 400, {"error": f"{type(error).__name__}: {error}"}
        data = json.dumps(found).encode()
        headers = (("Content-Type", "application/json"), ("Content-Length", str(len(data))))
        call.wire.send(head_bytes(status, headers) + data)

    def apply(self, document: Document) -> None:
        """What a file given at the start says: {"faults": […], "settings": {…}, …}, any control's name.

        Raises:
            ValueError, KeyError, TypeError: it can not be understood.
        """
        for name, value in document.items():
            for one in value if isinstance(value, list) and name != "faults" else [value]:
                asked = {"rules": one} if name == "faults" else one
                if not isinstance(asked, dict):
                    raise TypeError(f"{name}: a JSON object")
                self._work[name](asked)

    def _add_faults(self, asked: Document) -> Document:
        rules = asked.get("rules", [])
        if not isinstance(rules, list):
            raise ValueError("rules: a list")
        self._faults.add(rules)
        return {"rules": self._faults.documents()}

    def _clear_faults(self, _: Document) -> Document:
        found = self._faults.documents()
        self._faults.clear()
        return {"rules": found}

    def _reset(self, _: Document) -> Document:
        self._faults.clear()
        self._counters.reset()
        return {}

    def _settings(self, asked: Document) -> Document:
        if asked:
            self._world.change_settings(asked)
        return self._world.settings.document()

    def _account(self, asked: Document) -> Document:
        email = str(asked["email"])
        known = self._world.accounts.get(email)
        record = (known.record() if known else {"email": email}) | asked
        if unknown := set(asked) - set(Account(email).record()):
            raise ValueError(f"unknown: {unknown}")
        return self._world.add_account(Account.from_record(record)).record()

    def _remove_account(self, asked: Document) -> Document:
        self._world.remove_account(str(asked["email"]))
        return {}

    def _drive(self, asked: Document) -> Document:
        """Make or change a shared drive, found by `id` or `name`; members given are put over those known."""
        drives = self._world.drives.values()
        known = next((one for one in drives if asked.get("id") == one.id), None) or next(
            (one for one in drives if "id" not in asked and asked.get("name") == one.name), None
        )
        if known is None:
            new_id = str(asked.get("id") or self._world.ids.new_root())
            known = SharedDrive(new_id, str(asked["name"]), created_ms=self._world.now_ms())
        members = asked.get("members", {})
        if not isinstance(members, dict):
            raise ValueError("members: roles by account")
        merged = {email: role for email, role in {**known.members, **members}.items() if role}
        changed = replace(known, name=str(asked.get("name", known.name)), members=merged)
        if "item_limit" in asked:
            changed = SharedDrive.from_record(changed.record() | {"item_limit": asked["item_limit"]})
        self._world.add_drive(changed)
        return changed.record()

    def _remove_drive(self, asked: Document) -> Document:
        self._world.remove_drive(str(asked["id"]))
        return {}

    def _share(self, asked: Document) -> Document:
        """Give an account (or "anyone") a role on an item; role "" takes it away."""
        item = self._world.tree.items[str(asked["id"])]
        email, role = str(asked["email"]), str(asked["role"])
        shares = {one: held for one, held in item.shares.items() if one != email}
        times = {one: at for one, at in item.shared_ms.items() if one != email}
        if role:
            shares[email], times[email] = role, self._world.now_ms()
        self._world.put(replace(item, shares=shares, shared_ms=times))
        return {}

    def _folder(self, asked: Document) -> Document:
        """Make folders without going through the API: `path` below `root`, which is an item's id or an
        account's address (its My Drive). Gives the last one's id."""
        world = self._world
        root = str(asked["root"])
        at = world.tree.items[world.accounts[root].root if root in world.accounts else root]
        with world.lock:
            for name in str(asked["path"]).strip("/").split("/"):
                known = [one for one in world.tree.named(at.id, name) if one.name == name and one.is_folder]
                if not known:
                    now = world.now_ms()
                    made = Item(
                        id=world.ids.new(),
                        name=name,
                        mime_type=FOLDER,
                        parent=at.id,
                        drive=at.drive,
                        owner=at.owner,
                        created_ms=now,
                        modified_ms=now,
                        creator=at.owner,
                        order=world.next_order(),
                    )
                    world.put(made)
                    known = [made]
                at = known[0]
        return {"id": at.id}

    def _key(self, asked: Document) -> Document:
        """Enable or disable keys: one by `id`, or all of an account by `email`."""
        changed = [
            key
            for key in self._world.keys.values()
            if asked.get("id") == key.id or asked.get("email") == key.email
        ]
        for key in changed:
            self._world.add_key(replace(key, enabled=asked["enabled"] is True))
        return {"changed": [key.id for key in changed]}

    def _revoke(self, asked: Document) -> Document:
        """Void a user's refresh tokens and all access tokens."""
        account = self._world.accounts[str(asked["email"])]
        self._world.add_account(replace(account, refresh_tokens=()))
        return self._expire_tokens({})

    def _expire_tokens(self, _: Document) -> Document:
        epoch = self._world.settings.token_epoch + 1
        self._world.change_settings({"token_epoch": epoch})
        return {"token_epoch": epoch}

    def _list_sessions(self, _: Document) -> list[Document]:
        return [
            {
                "id": one.id,
                "account": one.account,
                "file_id": one.file_id,
                "total": one.total,
                "state": one.state,
                "kept": self._sessions.kept_bytes(one),
            }
            for one in list(self._world.sessions.values())
        ]

    def _uploaded_today(self, asked: Document) -> Document:
        """Set what an account has uploaded today, or tell it."""
        email = str(asked["email"])
        if "bytes" in asked:
            self._world.add_uploaded(email, int(str(asked["bytes"])) - self._world.uploaded_today(email))
        return {"bytes": self._world.uploaded_today(email)}

    def _write_credentials(self, asked: Document) -> Document:
        kind, email = asked.get("kind", "service_account"), str(asked.get("email", ""))
        google = asked.get("google") is True
        if kind == "service_account":
            new_key = asked.get("new_key") is True
            path = self._credentials.service_account(email, google=google, new_key=new_key)
        elif kind == "authorized_user":
            path = self._credentials.authorized_user(email, google=google)
        elif kind == "client_secret":
            path = self._credentials.client_secret(google=google)
        else:
            raise ValueError(f"no such kind: {kind}")
        return {"path": str(path)}

    def _tree(self, asked: Document) -> list[Document]:
        """All that lies below `root` and is not in the trash."""
        world = self._world
        root = str(asked["root"])
        root = world.accounts[root].root if root in world.accounts else root
        with world.lock:
            return [
                {
                    "path": path,
                    "id": item.id,
                    "size": item.size,
                    "md5": item.checksums.get("md5"),
                    "mime_type": item.mime_type,
                    "modified_ms": item.modified_ms,
                    "blob": str(world.blob_path(item.blob)) if item.blob else None,
                }
                for path, item in world.tree.under(root)
            ]

    def _show(self, _: Document) -> Document:
        world = self._world
        return {
            "settings": world.settings.document(),
            "accounts": [one.record() for one in world.accounts.values()],
            "drives": [one.record() for one in world.drives.values()],
            "keys": [
                {"id": key.id, "email": key.email, "enabled": key.enabled} for key in world.keys.values()
            ],
            "items": len(world.tree.items),
        }


def _object(body: bytes) -> Document:
    found = json.loads(body) if body else {}
    if not isinstance(found, dict):
        raise ValueError("a JSON object")
    return found
