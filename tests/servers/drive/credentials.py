"""Credentials files as Google hands them out, their addresses leading to this server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.servers.drive.errors import Document
from tests.servers.drive.keys import GOOGLE_TOKEN_URI, make_key
from tests.servers.drive.tokens import CLIENT_ID, CLIENT_SECRET, Tokens
from tests.servers.drive.world import World

_GOOGLE_AUTH_URI = "https://accounts.google.com/o/oauth2/auth"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where credentials files lead to."""

    endpoint: str

    @property
    def token_uri(self) -> str:
        """The token endpoint."""
        return f"{self.endpoint}/token"

    @property
    def auth_uri(self) -> str:
        """The consent page."""
        return f"{self.endpoint}/o/oauth2/auth"


class Credentials:
    """Writes credentials files into the server's folder.

    Args:
        world: knows the accounts.
        tokens: gives refresh tokens.
        addresses: of this server.
    """

    def __init__(self, world: World, tokens: Tokens, addresses: Addresses) -> None:
        self._world = world
        self._tokens = tokens
        self._addresses = addresses
        self._folder = world.folder / "credentials"
        self._folder.mkdir(exist_ok=True)

    def service_account(self, email: str, *, google: bool = False, new_key: bool = False) -> Path:
        """A service account's file.

        Args:
            email: of the account.
            google: with Google's token_uri, for clients behind the proxy.
            new_key: with a key of its own; else with the account's first one.
        """
        name = email.partition("@")[0]
        known = self._folder / f"{name}.key.json"
        if new_key or not known.exists():
            key, pem = make_key(email)
            self._world.add_key(key)
            parts: Document = {"private_key_id": key.id, "private_key": pem}
            if not new_key:
                known.write_text(json.dumps(parts))
        else:
            parts = json.loads(known.read_text())
        document: Document = {
            "type": "service_account",
            "project_id": self._world.settings.project_id,
            **parts,
            "client_email": email,
            "client_id": self._world.ids.permission(email),
            "auth_uri": _GOOGLE_AUTH_URI if google else self._addresses.auth_uri,
            "token_uri": GOOGLE_TOKEN_URI if google else self._addresses.token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{email}",
            "universe_domain": "googleapis.com",
        }
        kind = f"-{str(parts['private_key_id'])[:8]}" if new_key else ""
        return self._write(f"{name}{kind}{'-google' if google else ''}.json", document)

    def authorized_user(self, email: str, *, google: bool = False) -> Path:
        """A user's own file, with a fresh refresh token."""
        document: Document = {
            "type": "authorized_user",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": self._tokens.new_refresh_token(email),
            "token_uri": GOOGLE_TOKEN_URI if google else self._addresses.token_uri,
            "account": email,
        }
        return self._write(f"{email.partition('@')[0]}-user{'-google' if google else ''}.json", document)

    def client_secret(self, *, google: bool = False) -> Path:
        """An installed app's file."""
        document: Document = {
            "installed": {
                "client_id": CLIENT_ID,
                "project_id": self._world.settings.project_id,
                "auth_uri": _GOOGLE_AUTH_URI if google else self._addresses.auth_uri,
                "token_uri": GOOGLE_TOKEN_URI if google else self._addresses.token_uri,
                "client_secret": CLIENT_SECRET,
                "redirect_uris": ["http://localhost"],
            }
        }
        return self._write(f"client_secret{'-google' if google else ''}.json", document)

    def _write(self, name: str, document: Document) -> Path:
        path = self._folder / name
        path.write_text(json.dumps(document, indent=2))
        return path
