"""Steering a running Drive server from a test: faults, counters, settings, accounts, what is stored."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers.drive.first_world import SERVICE, USER

_LIMIT_S = 60.0


class ControlError(AssertionError):
    """The server did not understand what a test told it."""


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A file that the server holds; `content` is its bytes' file, None for a folder."""

    path: str
    id: str
    size: int
    md5: str
    modified_ms: int
    content: Path | None


class Steering:
    """The control interface of a server that listens at `host` and `port`; its first drive is `drive_id`."""

    host: str
    port: int
    drive_id: str

    # Faults

    def fail(
        self,
        match: str,
        *,
        nth: int | None = None,
        every: int | None = None,
        first: int | None = None,
        probability: float | None = None,
        seed: int = 0,
        account: str = "",
        **effects: object,
    ) -> None:
        """Let calls of a kind go wrong; `faults.Effects` names what can.

        Args:
            match: pattern of a kind ("upload.put", "files.*") or of a method ("files.create").
            nth: only the so-manieth from now on.
            every: each so-manieth.
            first: so many and then no more.
            probability, seed: by chance.
            account: only this account's.
            effects: such as status=503, reason="backendError", drop_response_after=1000, lose_answer=True.
        """
        which = {"nth": nth, "every": every, "first": first, "probability": probability}
        given: dict[str, object] = {name: value for name, value in which.items() if value is not None}
        if probability is not None:
            given["seed"] = seed
        self.control("faults", rules=[{"match": match, "which": given, "do": effects, "account": account}])

    def clear_faults(self) -> Sequence[Mapping[str, object]]:
        """No more faults; gives how often each rule saw a call and struck."""
        rules: Sequence[Mapping[str, object]] = _list(_mapping(self.control("clear_faults"))["rules"])
        return rules

    # Counters

    def counters(self) -> Mapping[str, object]:
        """All counts: "kinds" (calls, bytes_in, bytes_out, statuses of each), "calls", "running",
        "peak_concurrent", "rate_limited", "tunnels", "connections"."""
        return _mapping(self.control("counters"))

    def count(self, kind: str, *, status: int | None = None) -> int:
        """How many calls of a kind there were, of those answered with a status if it is given."""
        found = _mapping(_mapping(self.counters()["kinds"]).get(kind, {}))
        if status is None:
            return int(str(found.get("calls", 0)))
        return int(str(_mapping(found.get("statuses", {})).get(str(status), 0)))

    def bytes_in(self, kind: str) -> int:
        """Bytes of bodies that calls of a kind brought."""
        return int(str(_mapping(_mapping(self.counters()["kinds"]).get(kind, {})).get("bytes_in", 0)))

    def bytes_out(self, kind: str) -> int:
        """Bytes of bodies that calls of a kind were answered with."""
        return int(str(_mapping(_mapping(self.counters()["kinds"]).get(kind, {})).get("bytes_out", 0)))

    def calls(self) -> Sequence[Mapping[str, object]]:
        """The log, oldest first: kind, method, target, account, status, at_s, seconds, bytes_in, bytes_out,
        through_proxy."""
        return _list(self.control("calls"))

    def reset(self) -> None:
        """No faults, all counts from 0."""
        self.control("reset")

    # What there is

    def configure(self, **settings: object) -> Mapping[str, object]:
        """Change settings (`settings.Settings` names them); gives all."""
        return _mapping(self.control("settings", **settings))

    def add_account(
        self,
        email: str,
        *,
        kind: str = "user",
        name: str = "",
        storage_bytes: int | None = None,
        acts_for: Sequence[str] = (),
    ) -> None:
        """Add or change an account; a service account with `storage_bytes=0` has no storage."""
        self.control(
            "account",
            email=email,
            kind=kind,
            name=name,
            storage_bytes=storage_bytes,
            acts_for=list(acts_for),
        )

    def set_account(self, email: str, **changes: object) -> None:
        """Change facts of an account: storage_bytes, acts_for, name."""
        self.control("account", email=email, **changes)

    def add_drive(
        self, name: str, members: Mapping[str, str] | None = None, *, item_limit: int | None = None
    ) -> str:
        """Add or change a shared drive: roles by account, "" takes a member out. Gives its id."""
        found = self.control("drive", name=name, members=dict(members or {}), item_limit=item_limit)
        return str(_mapping(found)["id"])

    def share(self, item_id: str, email: str, role: str) -> None:
        """Give an account a role on an item, "" takes it away."""
        self.control("share", id=item_id, email=email, role=role)

    def make_folder(self, root: str, path: str) -> str:
        """Make folders below an item's id, or in an account's My Drive (its address). Gives the last's id."""
        return str(_mapping(self.control("folder", root=root, path=path))["id"])

    def enable_keys(self, email: str, *, enabled: bool) -> None:
        """Enable or disable all keys of a service account."""
        self.control("key", email=email, enabled=enabled)

    def expire_tokens(self) -> None:
        """Void every access token given so far."""
        self.control("expire_tokens")

    def revoke(self, email: str) -> None:
        """Void a user's refresh tokens, and every access token."""
        self.control("revoke", email=email)

    def sessions(self) -> Sequence[Mapping[str, object]]:
        """Resumable sessions: id, account, file_id, total, state, kept."""
        return _list(self.control("sessions"))

    def lose_sessions(self) -> int:
        """Forget all open sessions: they are 404 from now on. Gives how many there were."""
        return int(str(_mapping(self.control("lose_sessions"))["lost"]))

    def set_uploaded_today(self, email: str, size: int) -> None:
        """Pretend that an account has uploaded so many bytes today."""
        self.control("uploaded_today", email=email, bytes=size)

    def service_account_file(
        self, email: str = SERVICE, *, google: bool = False, new_key: bool = False
    ) -> Path:
        """A service account's credentials; `google`: with Google's own addresses, for use with the proxy."""
        return self._credentials("service_account", email=email, google=google, new_key=new_key)

    def authorized_user_file(self, email: str = USER, *, google: bool = False) -> Path:
        """A user's own OAuth credentials."""
        return self._credentials("authorized_user", email=email, google=google)

    def client_secret_file(self, *, google: bool = False) -> Path:
        """An installed app's credentials."""
        return self._credentials("client_secret", google=google)

    def tree(self, root: str = "") -> dict[str, tuple[int, str]]:
        """(size, md5) by path of all files below an item's id, an account's My Drive (its address), or the
        first shared drive; trash left out. Of doubles the last one made is shown."""
        return {one.path: (one.size, one.md5) for one in self.stored(root) if one.content is not None}

    def stored(self, root: str = "") -> list[StoredContent]:
        """All files and folders below, doubles too."""
        found = _list(self.control("tree", root=root or self.drive_id))
        return [
            StoredContent(
                path=str(one["path"]),
                id=str(one["id"]),
                size=int(str(one["size"] or 0)),
                md5=str(one["md5"] or ""),
                modified_ms=int(str(one["modified_ms"])),
                content=Path(str(one["blob"])) if one["blob"] else None,
            )
            for one in found
        ]

    def control(self, name: str, /, **asked: object) -> object:
        """One call of the control interface.

        Raises:
            ControlError: it was not understood.
        """
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_LIMIT_S)
        try:
            connection.request("POST", f"/_control/{name}", json.dumps(asked))
            response = connection.getresponse()
            found: object = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ControlError(f"{name}: {found}")
        return found

    def _credentials(self, kind: str, **asked: object) -> Path:
        return Path(str(_mapping(self.control("credentials", kind=kind, **asked))["path"]))


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping), value
    return value


def _list(value: object) -> Sequence[Mapping[str, object]]:
    assert isinstance(value, list), value
    return value
