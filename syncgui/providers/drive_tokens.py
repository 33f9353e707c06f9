"""A user's own login: asked for in the browser once, kept in the keyring of this machine.

The keyring's entry is named after the program's client id and the site, so that two sites may be two
users. What is kept is the refresh token alone.
"""

from __future__ import annotations

import contextlib
import io
import threading
import webbrowser
from collections.abc import Callable, Mapping

import keyring
import keyring.errors

from syncgui.model.errors import LoginError

_SERVICE = "syncgui"
_PATIENCE_S = 600


def read_token(client_id: str, *, site: str) -> str:
    """The refresh token of who logged in.

    Raises:
        LoginError: nobody has, or the keyring can not be asked.
    """
    try:
        token = keyring.get_password(_SERVICE, _entry(client_id, site))
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error, site) from error
    if not token:
        raise LoginError(
            site=site, detail=f"nobody has logged in on this machine yet: syncgui sites login {site}"
        )
    return token


def keep_token(client_id: str, token: str, *, site: str) -> None:
    """Keep a refresh token in the place of the one before.

    Raises:
        LoginError: the keyring takes none.
    """
    try:
        keyring.set_password(_SERVICE, _entry(client_id, site), token)
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error, site) from error


def forget_token(client_id: str, *, site: str) -> bool:
    """Log out; whether there was anything to forget."""
    try:
        keyring.delete_password(_SERVICE, _entry(client_id, site))
    except keyring.errors.PasswordDeleteError:
        return False
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error, site) from error
    return True


def log_in(program: Mapping[str, str], *, site: str, say: Callable[[str], None]) -> None:
    """Let a user log in in the browser, and keep the token.

    Args:
        program: the identity of the installed program: client_id, client_secret, auth_uri, token_uri.
        site: the site's name.
        say: is told which address to open, in one sentence, before it is opened.

    Raises:
        LoginError: no token was given, or it can not be kept.
    """
    from google_auth_oauthlib.flow import (  # noqa: PLC0415 - only who logs in needs it
        InstalledAppFlow,
        WSGITimeoutError,
    )

    from syncgui.providers.drive_account import SCOPES  # noqa: PLC0415 - it imports this module

    _try_keyring(program["client_id"], site)  # before anybody has logged in for nothing
    flow = InstalledAppFlow.from_client_config({"installed": dict(program)}, scopes=list(SCOPES))  # type: ignore[no-untyped-call]
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # the flow prints what `_Opener` has said already
            credentials = flow.run_local_server(
                port=0,
                open_browser=False,
                authorization_prompt_message=_Opener(site, say),
                success_message="syncgui is logged in. This page can be closed.",
                timeout_seconds=_PATIENCE_S,
                prompt="consent",
            )
    except WSGITimeoutError:
        detail = f"nobody has logged in within {_PATIENCE_S // 60} minutes"
        raise LoginError(site=site, detail=detail) from None
    except Exception as error:  # noqa: BLE001 - the library of the flow raises whatever its parts raise
        detail = (
            "its page said no" if "access_denied" in str(error) else f"it ended in {type(error).__name__}"
        )
        raise LoginError(
            site=site, detail=f"nobody was logged in: {detail}"
        ) from None  # it may hold the code
    token = str(credentials.refresh_token or "")
    if not token:
        raise LoginError(site=site, detail="the login gave no lasting token; log in once more")
    keep_token(program["client_id"], token, site=site)
    if read_token(program["client_id"], site=site) != token:
        raise LoginError(site=site, detail="this machine's keyring keeps nothing: use a service account")


class _Opener:
    """What the flow takes for a text to format: says the address, and opens it where there is a browser."""

    def __init__(self, site: str, say: Callable[[str], None]) -> None:
        self._site = site
        self._say = say
        self._opened = False

    def format(self, url: str) -> str:
        """Called by the flow, more than once."""
        if not self._opened:
            self._opened = True
            self._say(f"Log in for site {self._site} with a browser of this machine: {url}")
            # Some browsers only come back when they are closed, and the flow does not listen yet.
            threading.Thread(target=_open, args=(url,), name="syncgui-browser", daemon=True).start()
        return ""


def _open(url: str) -> None:
    with contextlib.suppress(webbrowser.Error):  # whoever has no browser here opens the address himself
        webbrowser.open(url)


def _try_keyring(client_id: str, site: str) -> None:
    try:
        keyring.get_password(_SERVICE, _entry(client_id, site))
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error, site) from error


def _entry(client_id: str, site: str) -> str:
    return f"gdrive:{site}:{client_id}"


def _no_keyring(error: Exception, site: str) -> LoginError:
    return LoginError(
        site=site,
        detail=f"this machine's keyring can not be used ({type(error).__name__}): install or unlock one, or"
        " use a service account",
    )
