"""A plain client for tests of the server itself: one connection a call, nothing repeated, nothing hidden."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.servers.drive.errors import Document
from tests.servers.drive.process import DriveServer
from tests.servers.drive.settings import FOLDER

SCOPE = "https://www.googleapis.com/auth/drive"
_LIMIT_S = 60.0
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Document:
        """The body as a JSON object."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    @property
    def reason(self) -> str:
        """Google's short reason of an error."""
        error = self.json["error"]
        assert isinstance(error, dict)
        return str(error["errors"][0]["reason"])

    @property
    def message(self) -> str:
        """Google's text of an error."""
        error = self.json["error"]
        assert isinstance(error, dict)
        return str(error["message"])


class Api:
    """Calls on behalf of one account.

    Args:
        server: whom to ask.
        credentials: a service account file; None calls without a token.
        subject: on whose behalf.
    """

    def __init__(self, server: DriveServer, credentials: Path | None, *, subject: str = "") -> None:
        self.server = server
        self.token = ""
        if credentials is not None:
            reply = self.log_in(credentials, subject=subject)
            assert reply.status == 200, reply.body
            self.token = str(reply.json["access_token"])

    def log_in(
        self, credentials: Path, *, subject: str = "", claims: Mapping[str, object] | None = None
    ) -> Reply:
        """What the token endpoint says to an assertion; `claims` replace the usual ones."""
        return self.ask_token(
            grant_type=_GRANT, assertion=assertion(credentials, subject=subject, claims=claims)
        )

    def ask_token(self, **form: str) -> Reply:
        """What the token endpoint says to a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/token", data=urlencode(form).encode(), headers=headers)

    def ask(
        self,
        method: str,
        target: str,
        *,
        params: Mapping[str, object] | None = None,
        fields: Mapping[str, object] | None = None,
        data: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One call.

        Args:
            method: GET, POST and so on.
            target: a path, or an address on the server.
            params: the query; None values are left out.
            fields: a JSON body.
            data: any other body.
            headers: beside the token's.
        """
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if fields is not None:
            data = json.dumps(fields).encode()
            sent.setdefault("Content-Type", "application/json; charset=UTF-8")
        parts = urlsplit(target)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if params:
            path += f"?{urlencode({name: one for name, one in params.items() if one is not None})}"
        connection = self.connection()
        try:
            connection.request(method, path, body=data, headers=sent)
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def connection(self) -> http.client.HTTPConnection:
        """A fresh connection to the server; close it."""
        parts = urlsplit(self.server.endpoint)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=_LIMIT_S)
        context = ssl.create_default_context(cafile=self.server.ca)
        return http.client.HTTPSConnection(host, port, timeout=_LIMIT_S, context=context)

    # The calls that most tests make

    def create(
        self, metadata: Mapping[str, object], content: bytes | None = None, /, **params: object
    ) -> Reply:
        """files.create, by multipart when there is a content."""
        asked = {"supportsAllDrives": "true", **params}
        if content is None:
            return self.ask("POST", "/drive/v3/files", params=asked, fields=metadata)
        return self._multipart("POST", "/upload/drive/v3/files", asked, metadata, content)

    def update(
        self, file_id: str, metadata: Mapping[str, object], content: bytes | None = None, /, **params: object
    ) -> Reply:
        """files.update, by multipart when there is a content."""
        asked = {"supportsAllDrives": "true", **params}
        if content is None:
            return self.ask("PATCH", f"/drive/v3/files/{file_id}", params=asked, fields=metadata)
        return self._multipart("PATCH", f"/upload/drive/v3/files/{file_id}", asked, metadata, content)

    def get(self, file_id: str, **params: object) -> Reply:
        """files.get"""
        return self.ask("GET", f"/drive/v3/files/{file_id}", params={"supportsAllDrives": "true", **params})

    def read(self, file_id: str, ranged: str = "") -> Reply:
        """files.get of the content; `ranged` such as "bytes=0-9"."""
        headers = {"Range": ranged} if ranged else {}
        return self.ask("GET", f"/drive/v3/files/{file_id}", params={"alt": "media"}, headers=headers)

    def delete(self, file_id: str) -> Reply:
        """files.delete"""
        return self.ask("DELETE", f"/drive/v3/files/{file_id}", params={"supportsAllDrives": "true"})

    def search(self, q: str, **params: object) -> Reply:
        """files.list in all drives."""
        asked = {"q": q, "supportsAllDrives": "true", "includeItemsFromAllDrives": "true", **params}
        return self.ask("GET", "/drive/v3/files", params=asked)

    def names(self, q: str, **params: object) -> list[str]:
        """Names that a query finds, sorted."""
        reply = self.search(q, **params)
        assert reply.status == 200, reply.body
        files = reply.json["files"]
        assert isinstance(files, list)
        return sorted(str(one["name"]) for one in files)

    def folder(self, name: str, parent: str) -> str:
        """Make a folder; gives its id."""
        reply = self.create({"name": name, "mimeType": FOLDER, "parents": [parent]})
        assert reply.status == 200, reply.body
        return str(reply.json["id"])

    def file(self, name: str, parent: str, content: bytes = b"content") -> str:
        """Make a file; gives its id."""
        reply = self.create({"name": name, "parents": [parent]}, content)
        assert reply.status == 200, reply.body
        return str(reply.json["id"])

    def begin(
        self, metadata: Mapping[str, object], size: int | None, /, *, file_id: str = "", **params: object
    ) -> Reply:
        """Start a resumable session; its address is the answer's Location."""
        headers = {"X-Upload-Content-Type": "image/x-exr"}
        if size is not None:
            headers["X-Upload-Content-Length"] = str(size)
        asked = {"uploadType": "resumable", "supportsAllDrives": "true", **params}
        method, path = ("PATCH", f"/{file_id}") if file_id else ("POST", "")
        return self.ask(
            method, f"/upload/drive/v3/files{path}", params=asked, fields=metadata, headers=headers
        )

    def put(self, address: str, data: bytes, ranged: str = "") -> Reply:
        """Put a chunk into a session; `ranged` such as "0-262143/524288"."""
        headers = {"Content-Range": f"bytes {ranged}"} if ranged else {}
        return self.ask("PUT", address, data=data, headers=headers)

    def kept(self, address: str, total: int) -> int:
        """What a session has kept so far."""
        reply = self.put(address, b"", f"*/{total}")
        assert reply.status == 308, reply.body
        return int(reply.headers["Range"].rpartition("-")[2]) + 1 if "Range" in reply.headers else 0

    def _multipart(
        self, method: str, path: str, params: Mapping[str, object], fields: Mapping[str, object], data: bytes
    ) -> Reply:
        limit = b"--a boundary"
        head = b"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" + json.dumps(fields).encode()
        body = limit + head + b"\r\n" + limit + b"\r\nContent-Type: image/x-exr\r\n\r\n" + data
        headers = {"Content-Type": 'multipart/related; boundary="a boundary"'}
        return self.ask(
            method,
            path,
            params={"uploadType": "multipart", **params},
            data=body + b"\r\n" + limit + b"--\r\n",
            headers=headers,
        )


def assertion(credentials: Path, *, subject: str = "", claims: Mapping[str, object] | None = None) -> str:
    """A signed assertion of a service account; `claims` replace the usual ones."""
    file = json.loads(credentials.read_text())
    now = int(time.time())
    said: Document = {
        "iss": file["client_email"],
        "aud": file["token_uri"],
        "scope": SCOPE,
        "iat": now,
        "exp": now + 3600,
    }
    if subject:
        said["sub"] = subject
    said |= claims or {}
    header = {"alg": "RS256", "typ": "JWT", "kid": file["private_key_id"]}
    text = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(said).encode())}"
    key = serialization.load_pem_private_key(
        file["private_key"].encode(), None, unsafe_skip_rsa_key_validation=True
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    return f"{text}.{_encoded(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
