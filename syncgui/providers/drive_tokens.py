"""A user's own login: asked for in the browser once, kept in the keyring of this machine.

The keyring's entry is named after the program's client id and the site, so that two sites may be two
users. What is kept is the refresh token alone.
"""

from __future__ import annotations

from collections.abc import Callable

import keyring
import keyring.errors

from syncgui.model.errors import LoginError

_SERVICE = "syncgui"


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


def log_in(program: dict[str, str], *, site: str, say: Callable[[str], None], browser: bool = True) -> str:
    """Let a user log in in the browser, and keep the token; the address that was opened is said, too.

    Args:
        program: the identity of the installed program: client_id, client_secret, auth_uri, token_uri.
        site: the site's name.
        say: is told what to do, in one sentence.
        browser: whether to open one.

    Raises:
        LoginError: no token was given.
    """
    from google_auth_oauthlib.flow import InstalledAppFlow  # noqa: PLC0415 - only who logs in needs it

    from syncgui.providers.drive_account import SCOPES  # noqa: PLC0415 - it imports this module

    flow = InstalledAppFlow.from_client_config({"installed": program}, scopes=list(SCOPES))  # type: ignore[no-untyped-call]

    class _Message:
        """What the flow formats: it is said instead of printed."""

        def format(self, url: str) -> str:
            say(f"Log in for site {site} with a browser of this machine: {url}")
            return ""

    try:
        credentials = flow.run_local_server(
            port=0, open_browser=browser, authorization_prompt_message=_Message(), prompt="consent"
        )
    except Exception as error:
        # The library of the flow raises whatever its parts raise; its texts may hold the code.
        raise LoginError(site=site, detail=f"the login did not end well ({type(error).__name__})") from error
    token = str(credentials.refresh_token or "")
    if not token:
        raise LoginError(site=site, detail="the login gave no lasting token; log in once more")
    keep_token(program["client_id"], token, site=site)
    return token


def _entry(client_id: str, site: str) -> str:
    return f"gdrive:{site}:{client_id}"


def _no_keyring(error: Exception, site: str) -> LoginError:
    return LoginError(
        site=site,
        detail=f"this machine's keyring can not be used ({type(error).__name__}): unlock it, or use a service"
        " account",
    )
