"""The token endpoint of the Drive server, and who may call the API."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.servers.drive.client import Api, assertion
from tests.servers.drive.process import SERVICE, USER, DriveServer
from tests.servers.drive.tokens import CLIENT_ID, CLIENT_SECRET

pytest_plugins = ["tests.servers.drive.fixtures"]

TIMES = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "


def who(caller: Api) -> str:
    """Whose calls these are."""
    reply = caller.ask("GET", "/drive/v3/about", params={"fields": "user/emailAddress"})
    assert reply.status == 200, reply.body
    user = reply.json["user"]
    assert isinstance(user, dict)
    return str(user["emailAddress"])


def test_a_service_account_calls_in_its_own_name(api: Api) -> None:
    assert who(api) == SERVICE


def test_a_service_account_acts_for_a_user_where_that_is_allowed(server: DriveServer) -> None:
    assert who(Api(server, server.credentials, subject=USER)) == USER


def test_acting_for_anybody_else_is_unauthorized(server: DriveServer) -> None:
    reply = Api(server, None).log_in(server.credentials, subject="boss@studio.example")
    assert (reply.status, reply.json["error"]) == (401, "unauthorized_client")


@pytest.mark.parametrize(
    "claims", [{"iat": 0, "exp": 3600}, {"exp": int(time.time()) + 90_000}, {"iat": "x"}]
)
def test_an_assertion_out_of_its_time_is_refused(server: DriveServer, claims: dict[str, object]) -> None:
    reply = Api(server, None).log_in(server.credentials, claims=claims)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert "Invalid JWT: " in str(reply.json["error_description"])


@pytest.mark.parametrize("skew_s", [-7200.0, 7200.0])
def test_a_clock_that_is_hours_off_is_refused_in_googles_words(server: DriveServer, skew_s: float) -> None:
    server.configure(clock_skew_s=skew_s)
    reply = Api(server, None).log_in(server.credentials)
    assert str(reply.json["error_description"]).startswith(TIMES)


def test_a_clock_that_is_a_minute_off_is_tolerated(server: DriveServer) -> None:
    server.configure(clock_skew_s=-60.0)
    assert Api(server, None).log_in(server.credentials).status == 200


def test_another_audience_is_refused(server: DriveServer) -> None:
    reply = Api(server, None).log_in(server.credentials, claims={"aud": "https://elsewhere.example/token"})
    assert "audience" in str(reply.json["error_description"])


def test_googles_own_token_address_is_a_good_audience(server: DriveServer) -> None:
    reply = Api(server, None).log_in(
        server.credentials, claims={"aud": "https://oauth2.googleapis.com/token"}
    )
    assert reply.status == 200


def test_a_signature_of_another_key_is_refused(server: DriveServer) -> None:
    first, second = (
        assertion(server.service_account_file(new_key=True)).split("."),
        assertion(server.credentials).split("."),
    )
    forged = ".".join((*first[:2], second[2]))
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    reply = Api(server, None).ask_token(grant_type=grant, assertion=forged)
    assert reply.json == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


def test_a_disabled_key_is_refused_until_it_is_enabled(server: DriveServer) -> None:
    server.enable_keys(SERVICE, enabled=False)
    try:
        reply = Api(server, None).log_in(server.credentials)
    finally:
        server.enable_keys(SERVICE, enabled=True)
    assert reply.json["error_description"] == "Invalid JWT Signature."
    assert Api(server, None).log_in(server.credentials).status == 200


def test_an_access_token_expires(server: DriveServer) -> None:
    caller = Api(server, server.credentials)
    server.configure(clock_skew_s=4000.0)
    reply = caller.get("root")
    assert (reply.status, reply.reason) == (401, "authError")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_all_access_tokens_can_be_voided(server: DriveServer) -> None:
    caller = Api(server, server.credentials)
    assert caller.get("root").status == 200
    server.expire_tokens()
    assert caller.get("root").status == 401


def test_a_made_up_token_is_an_auth_error(server: DriveServer) -> None:
    caller = Api(server, None)
    caller.token = "ya29.nothing.known"
    assert caller.get("root").reason == "authError"


def test_a_call_without_a_token_is_forbidden(server: DriveServer) -> None:
    reply = Api(server, None).get("root")
    assert (reply.status, reply.reason) == (403, "forbidden")


def refresh(server: DriveServer, file: Path) -> Api:
    """Calls by a user's own credentials."""
    said = json.loads(file.read_text())
    caller = Api(server, None)
    reply = caller.ask_token(
        grant_type="refresh_token",
        refresh_token=said["refresh_token"],
        client_id=said["client_id"],
        client_secret=said["client_secret"],
    )
    assert reply.status == 200, reply.body
    caller.token = str(reply.json["access_token"])
    return caller


def test_a_users_refresh_token_gives_access(server: DriveServer) -> None:
    assert who(refresh(server, server.authorized_user_file())) == USER


def test_a_revoked_refresh_token_is_an_invalid_grant(server: DriveServer) -> None:
    said = json.loads(server.authorized_user_file().read_text())
    server.revoke(USER)
    reply = Api(server, None).ask_token(grant_type="refresh_token", refresh_token=said["refresh_token"])
    assert reply.json["error_description"] == "Token has been expired or revoked."


def test_consent_leads_back_with_a_code_that_gives_a_refresh_token_once(server: DriveServer) -> None:
    caller = Api(server, None)
    asked = {"client_id": CLIENT_ID, "redirect_uri": "http://localhost:1/", "state": "s", "scope": "x"}
    reply = caller.ask("GET", "/o/oauth2/auth", params=asked | {"code_challenge": "c"})
    assert reply.status == 302
    answer = parse_qs(urlsplit(reply.headers["Location"]).query)
    assert answer["state"] == ["s"]
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": "http://localhost:1/",
        "code_verifier": "v",
    }
    given = caller.ask_token(**form)
    assert given.status == 200
    assert given.json["refresh_token"]
    assert caller.ask_token(**form).json["error"] == "invalid_grant"


def test_a_disabled_api_says_which_project_and_where_to_enable_it(server: DriveServer, api: Api) -> None:
    server.configure(api_enabled=False)
    reply = api.get("root")
    assert (reply.status, reply.reason) == (403, "accessNotConfigured")
    assert "project 123456789012" in reply.message
    assert "https://console.developers.google.com/apis/api/drive.googleapis.com" in reply.message
