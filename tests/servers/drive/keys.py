"""Service account keys, and signed assertions (JWT, RS256) judged with them.

Making a key needs `cryptography`; judging a signature is plain arithmetic (PKCS #1 v1.5).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass

from tests.servers.drive.errors import Document, OAuthError
from tests.servers.drive.items import Key
from tests.servers.drive.world import World

_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
_LEEWAY_S = 300
_LONGEST_S = 3600
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"
_AUDIENCES = {
    GOOGLE_TOKEN_URI,
    "https://www.googleapis.com/oauth2/v4/token",
    "https://accounts.google.com/o/oauth2/token",
}


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a good assertion says: which account, on behalf of whom ("" for itself)."""

    email: str
    subject: str


def make_key(email: str) -> tuple[Key, str]:
    """A key, and its private half as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    modulus = f"{private.public_key().public_numbers().n:x}"
    return Key(id=secrets.token_hex(20), email=email, modulus=modulus), pem


def judge_assertion(world: World, assertion: str, own_token_uri: str) -> Assertion:
    """What a signed assertion says.

    Raises:
        OAuthError: it is not acceptable, in Google's words.
    """
    header, claims = _parts(assertion)
    email = str(claims.get("iss", ""))
    candidates = [key for key in world.keys.values() if key.email == email and key.enabled]
    if kid := header.get("kid"):
        candidates = [key for key in candidates if key.id == kid]
    if email not in world.accounts:
        raise OAuthError("invalid_grant", "Invalid grant: account not found")
    if header.get("alg") != "RS256" or not any(_is_signed(assertion, key) for key in candidates):
        raise OAuthError("invalid_grant", "Invalid JWT Signature.")
    _judge_times(claims, world.now_ms() / 1000)
    if claims.get("aud") not in _AUDIENCES | {own_token_uri}:
        raise OAuthError(
            "invalid_grant",
            f"Invalid JWT: Failed audience check. The right audience is {GOOGLE_TOKEN_URI}",
        )
    if not claims.get("scope"):
        raise OAuthError("invalid_scope", "Empty or missing scope not allowed.")
    subject = str(claims.get("sub") or "")
    if subject and subject != email:
        account = world.accounts[email]
        if subject not in account.acts_for:
            raise OAuthError(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not "
                "authorized for any of the scopes requested.",
                401,
            )
        if subject not in world.accounts:
            raise OAuthError("invalid_grant", "Invalid email or User ID")
    return Assertion(email, "" if subject == email else subject)


def _judge_times(claims: Document, now_s: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        raise OAuthError("invalid_grant", "Invalid JWT: iat and exp are required.")
    in_time = issued - _LEEWAY_S <= now_s <= expires + _LEEWAY_S
    if not in_time or not 0 < expires - issued <= _LONGEST_S or now_s - issued > _LONGEST_S + _LEEWAY_S:
        raise OAuthError(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        )


def _parts(assertion: str) -> tuple[Document, Document]:
    try:
        header, claims = (json.loads(_decoded(part)) for part in assertion.split(".")[:2])
    except ValueError as error:
        raise OAuthError("invalid_grant", "Bad Request") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise OAuthError("invalid_grant", "Bad Request")
    return header, claims


def _is_signed(assertion: str, key: Key) -> bool:
    text, _, signature = assertion.rpartition(".")
    modulus = int(key.modulus, 16)
    size = (modulus.bit_length() + 7) // 8
    try:
        given = _decoded(signature)
    except ValueError:
        return False
    digest = hashlib.sha256(text.encode()).digest()
    padding = b"\xff" * (size - len(_SHA256_PREFIX) - len(digest) - 3)
    expected = b"\x00\x01" + padding + b"\x00" + _SHA256_PREFIX + digest
    return pow(int.from_bytes(given, "big"), key.exponent, modulus).to_bytes(size, "big") == expected


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
