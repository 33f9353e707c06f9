"""Who a Drive site works as: a service account, or a user who has logged in.

The file at `credentials_url` says which: a service account's key, the identity of an installed program
(then the user's own token lies in the keyring of this machine), or a user's token itself. No text of this
module holds a secret.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import google.auth.exceptions
import google.auth.transport.requests
import google.oauth2.credentials
import google.oauth2.service_account
from google.auth.credentials import Credentials

from syncgui.model.errors import LoginError, NetworkError, SyncError
from syncgui.providers.drive_network import DriveNetwork
from syncgui.providers.network_errors import NETWORK_TROUBLE, network_error

SCOPES = ("https://www.googleapis.com/auth/drive",)
_LOOK_S = 0.2
_TOKEN_URI = "https://oauth2.googleapis.com/token"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the credentials file says, without its secrets being shown.

    Args:
        path: the file.
        kind: "service_account", "installed" or "authorized_user".
        name: the account's address, or the program's client id.
        token_uri: where tokens come from.
        content: the file's content.
    """

    path: Path
    kind: str
    name: str
    token_uri: str
    content: Mapping[str, str] = field(repr=False)


def read_identity(path: Path, *, site: str) -> Identity:
    """Read the credentials file.

    Raises:
        LoginError: it can not be used; the sentence says why.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise LoginError(site=site, detail=f"its credentials file {path} is not there") from None
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is no text"
        raise LoginError(site=site, detail=f"its credentials file {path} can not be read: {words}") from error
    try:
        content = json.loads(text)
    except ValueError as error:
        raise LoginError(site=site, detail=f"its credentials file {path} is no JSON: {error}") from error
    return _identity(path, content, site)


def _identity(path: Path, content: object, site: str) -> Identity:
    if not isinstance(content, dict):
        raise LoginError(site=site, detail=f"its credentials file {path} holds no account")
    if content.get("type") == "service_account":
        _demand(content, ("client_email", "private_key", "token_uri"), path, site)
        return Identity(path, "service_account", content["client_email"], content["token_uri"], content)
    if content.get("type") == "authorized_user":
        _demand(content, ("client_id", "client_secret", "refresh_token"), path, site)
        token_uri = content.get("token_uri") or _TOKEN_URI
        return Identity(path, "authorized_user", content["client_id"], token_uri, content)
    for kind in ("installed", "web"):
        program = content.get(kind)
        if isinstance(program, dict):
            _demand(program, ("client_id", "client_secret", "auth_uri", "token_uri"), path, site)
            return Identity(path, "installed", program["client_id"], program["token_uri"], program)
    raise LoginError(
        site=site,
        detail=f"its credentials file {path} is neither the key of a service account nor the identity"
        " of an installed program",
    )


def _demand(content: Mapping[str, object], keys: tuple[str, ...], path: Path, site: str) -> None:
    missing = [key for key in keys if not isinstance(content.get(key), str) or not content[key]]
    if missing:
        raise LoginError(
            site=site,
            detail=f"its credentials file {path} lacks {', '.join(missing)}: load it down once more",
        )


class Account:
    """Tokens of one account; used from several threads, asked for by one at a time.

    Args:
        identity: what the credentials file says.
        subject: the user in whose name a service account works, "" for its own.
        site: for error texts.
        network: the connections.
    """

    def __init__(
        self,
        identity: Identity,
        subject: str,
        *,
        site: str,
        network: DriveNetwork,
    ) -> None:
        self.identity = identity
        self.subject = subject
        self._site = site
        self._network = network
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None

    @property
    def name(self) -> str:
        """Whose calls these are, for people and for the pace."""
        return self.subject or self.identity.name

    def token(self, refused: str | None = None, wait: Callable[[float], None] | None = None) -> str:
        """A token that holds for some minutes.

        Args:
            refused: a token that was refused: another one is wanted.
            wait: called while another thread gets one; it may end that by raising.

        Raises:
            LoginError: the account is not accepted.
            SiteError: where tokens come from can not be reached.
        """
        while not self._lock.acquire(timeout=_LOOK_S if wait else -1):
            if wait:
                wait(0.0)
        try:
            if self._credentials is None:
                self._credentials = self._make()
            credentials = self._credentials
            if not credentials.valid or (refused is not None and credentials.token == refused):
                self._refresh(credentials)
            return str(credentials.token)
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Read everything anew at the next call: the file or the keyring may have changed."""
        with self._lock:
            self._credentials = None

    def _make(self) -> Credentials:
        identity, content = self.identity, self.identity.content
        try:
            if identity.kind == "service_account":
                made: Credentials = google.oauth2.service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                    content, scopes=SCOPES, subject=self.subject or None
                )
                return made
        except ValueError as error:
            raise LoginError(
                site=self._site,
                detail=f"the key in {identity.path} is damaged: load it down once more",
            ) from error
        refresh_token = content.get("refresh_token") or self._token_of_the_keyring()
        return google.oauth2.credentials.Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=refresh_token,
            token_uri=identity.token_uri,
            client_id=content["client_id"],
            client_secret=content["client_secret"],
            scopes=SCOPES,
        )

    def _token_of_the_keyring(self) -> str:
        from syncgui.providers.drive_tokens import read_token  # noqa: PLC0415 - loads the keyring

        return read_token(self.identity.name, site=self._site)

    def _refresh(self, credentials: Credentials) -> None:
        url = self.identity.token_uri
        ask = google.auth.transport.requests.Request(self._network.session(url))
        try:
            credentials.refresh(partial(ask, timeout=self._network.timeouts_s))  # type: ignore[no-untyped-call]
        except google.auth.exceptions.TransportError as error:
            raise network_error(error, site=self._site, url=url) from error
        except google.auth.exceptions.RefreshError as error:
            if error.retryable:
                host = urlsplit(url).hostname
                detail = f"{host}, which gives the tokens, is in trouble"
                raise NetworkError(site=self._site, detail=detail) from error
            self._credentials = None
            raise self._refused(error) from error
        except NETWORK_TROUBLE as error:
            raise network_error(error, site=self._site, url=url) from error
        except (google.auth.exceptions.GoogleAuthError, ValueError) as error:
            host = urlsplit(url).hostname
            raise LoginError(site=self._site, detail=f"{host} gave no token") from error

    def _refused(self, error: google.auth.exceptions.RefreshError) -> SyncError:
        """Why no token was given, as far as its words tell."""
        words = str(error.args[0]) if error.args else ""
        low = words.lower()
        name = self.identity.name
        if "timeframe" in low or "short-lived" in low or "iat" in low.split():
            detail = "this machine's clock is wrong: set it right, best by the network's time"
        elif "signature" in low:
            detail = f"the key of {name} holds no more: it was deleted or has expired; make a new one"
        elif "unauthorized_client" in low or "access_denied" in low:
            detail = (
                f"{name} may not work in the name of {self.subject}: its domain has not delegated that to it"
                if self.subject
                else f"{name} may not use this interface"
            )
        elif "account not found" in low or "invalid_client" in low:
            detail = f"{name} does not exist any more"
        elif "invalid_grant" in low and self.identity.kind != "service_account":
            detail = f"the login has expired or was revoked: log in anew, syncgui sites login {self._site}"
        elif self.subject and ("invalid email" in low or "invalid_grant" in low):
            detail = f"{self.subject} is not known there, or the account may not work in that name"
        else:
            detail = f"no token is given to {name}: {words.partition('{')[0][:200].strip()}"
        return LoginError(site=self._site, detail=detail)
