"""The token endpoint and the consent page. Access tokens carry their own facts under a seal.

So they live over restarts of the server, as Google's do over ours.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from tests.servers.drive.errors import Document, OAuthError, bad_token
from tests.servers.drive.items import Account
from tests.servers.drive.keys import judge_assertion
from tests.servers.drive.world import World

ASSERTION_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/drive"
CLIENT_ID = "123456789012-studio.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-not-a-secret-of-a-test"


@dataclass(frozen=True, slots=True)
class _Code:
    email: str
    redirect_uri: str


class Tokens:
    """Gives and judges access tokens.

    Args:
        world: knows the accounts.
        own_token_uri: address of this very endpoint, a right audience beside Google's.
    """

    def __init__(self, world: World, own_token_uri: str) -> None:
        self._world = world
        self._own_token_uri = own_token_uri
        self._codes: dict[str, _Code] = {}

    def answer(self, form: Mapping[str, str]) -> Document:
        """What the token endpoint says to a grant.

        Raises:
            OAuthError: in Google's words.
        """
        grant = form.get("grant_type", "")
        if grant == ASSERTION_GRANT:
            found = judge_assertion(self._world, form.get("assertion", ""), self._own_token_uri)
            return self._given(found.subject or found.email)
        if grant == "refresh_token":
            self._check_client(form)
            account = self._with_refresh_token(form.get("refresh_token", ""))
            return self._given(account.email) | {"scope": SCOPE}
        if grant == "authorization_code":
            self._check_client(form)
            code = self._codes.pop(form.get("code", ""), None)
            if code is None:
                raise OAuthError("invalid_grant", "Malformed auth code.")
            if code.redirect_uri != form.get("redirect_uri", code.redirect_uri):
                raise OAuthError("redirect_uri_mismatch", "Bad Request")
            token = self.new_refresh_token(code.email)
            return self._given(code.email) | {"scope": SCOPE, "refresh_token": token}
        raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {grant}")

    def consent(self, params: Mapping[str, str]) -> str:
        """Where the consent page leads to: somebody has agreed at once.

        `login_hint` says who; else it is the first user.
        """
        target = params.get("redirect_uri", "")
        users = [one.email for one in self._world.accounts.values() if one.kind == "user"]
        hint = params.get("login_hint", "")
        email = hint if hint in users else (users or [""])[0]
        if params.get("client_id") != CLIENT_ID or not email:
            answer = {"error": "access_denied"}
        else:
            code = "4/0" + secrets.token_urlsafe(40)
            self._codes[code] = _Code(email, target)
            answer = {"code": code, "scope": params.get("scope", SCOPE)}
        if "state" in params:
            answer["state"] = params["state"]
        return f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}"

    def new_refresh_token(self, email: str) -> str:
        """A token by which a user's app gets access tokens until it is revoked."""
        token = "1//0" + secrets.token_urlsafe(40)
        with self._world.lock:
            account = self._world.accounts[email]
            tokens = (*account.refresh_tokens, token)
            self._world.add_account(replace(account, refresh_tokens=tokens))
        return token

    def account_of(self, token: str) -> Account:
        """Whose an access token is.

        Raises:
            ApiError: it is none of ours, or its time is over.
        """
        body, _, seal = token.removeprefix("ya29.").rpartition(".")
        if not body or not secrets.compare_digest(self._world.ids.sign(body), seal):
            raise bad_token()
        facts = json.loads(base64.urlsafe_b64decode(body))
        account = self._world.accounts.get(facts["e"])
        if (
            account is None
            or facts["x"] * 1000 <= self._world.now_ms()
            or facts["n"] != self._world.settings.token_epoch
        ):
            raise bad_token()
        return account

    def _given(self, email: str) -> Document:
        settings = self._world.settings
        expires = self._world.now_ms() / 1000 + settings.token_lifetime_s
        facts = {"e": email, "x": expires, "n": settings.token_epoch, "r": secrets.token_hex(4)}
        body = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()
        token = f"ya29.{body}.{self._world.ids.sign(body)}"
        return {"access_token": token, "expires_in": int(settings.token_lifetime_s), "token_type": "Bearer"}

    def _with_refresh_token(self, token: str) -> Account:
        for account in self._world.accounts.values():
            if token and token in account.refresh_tokens:
                return account
        raise OAuthError("invalid_grant", "Token has been expired or revoked.")

    @staticmethod
    def _check_client(form: Mapping[str, str]) -> None:
        if form.get("client_id", CLIENT_ID) != CLIENT_ID:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if form.get("client_secret", CLIENT_SECRET) != CLIENT_SECRET:
            raise OAuthError("invalid_client", "Unauthorized", 401)
