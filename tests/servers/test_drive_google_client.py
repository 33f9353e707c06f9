"""Google's own Python client takes the Drive server for Google's."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.transport.requests import AuthorizedSession
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account
from google_auth_httplib2 import AuthorizedHttp  # type: ignore[import-untyped]
from googleapiclient.discovery import build_from_document
from googleapiclient.http import MediaIoBaseDownload, MediaIoBaseUpload, build_http

from tests.servers.drive.client import SCOPE
from tests.servers.drive.discovery import document
from tests.servers.drive.process import SERVICE, USER, DriveServer

pytest_plugins = ["tests.servers.drive.fixtures"]
GRAIN = 256 * 1024


@pytest.fixture
def drive(server: DriveServer) -> Iterator[Any]:
    """The client, its addresses moved to the server."""
    login = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
        str(server.credentials), scopes=[SCOPE]
    )
    http = AuthorizedHttp(login, http=build_http())  # type: ignore[no-untyped-call]
    moved = document() | {"rootUrl": f"{server.endpoint}/", "baseUrl": f"{server.endpoint}/drive/v3/"}
    client = build_from_document(moved, http=http)
    yield client
    client.close()


def upload(drive: Any, folder: str, content: bytes, **options: Any) -> dict[str, Any]:
    """files.create with a content."""
    media = MediaIoBaseUpload(io.BytesIO(content), "image/x-exr", **options)
    metadata = {"name": "a", "parents": [folder]}
    request = drive.files().create(
        body=metadata, media_body=media, supportsAllDrives=True, fields="id,size,md5Checksum"
    )
    found: dict[str, Any] = request.execute()
    return found


@pytest.mark.parametrize("size", [0, 1, GRAIN, 3 * GRAIN, 3 * GRAIN + 1])
@pytest.mark.parametrize("resumable", [False, True])
def test_it_uploads_and_downloads(
    server: DriveServer, drive: Any, folder: str, size: int, resumable: bool
) -> None:
    content = os.urandom(size)
    file_id = upload(drive, folder, content, resumable=resumable, chunksize=GRAIN)["id"]
    assert server.tree(folder)["a"][0] == size
    target = io.BytesIO()
    download = MediaIoBaseDownload(target, drive.files().get_media(fileId=file_id), chunksize=GRAIN)
    done = False
    while not done:
        _, done = download.next_chunk()
    assert target.getvalue() == content


def test_it_goes_on_where_the_server_has_kept_less(server: DriveServer, drive: Any, folder: str) -> None:
    server.fail("upload.put", nth=1, keep_bytes=GRAIN)
    content = os.urandom(5 * GRAIN)
    upload(drive, folder, content, resumable=True, chunksize=2 * GRAIN)
    assert server.tree(folder)["a"][0] == 5 * GRAIN
    assert server.bytes_in("upload.put") == 6 * GRAIN


def test_it_lists_page_by_page(server: DriveServer, drive: Any, folder: str) -> None:
    for name in ("a", "b", "c"):
        server.make_folder(folder, name)
    asked = {
        "q": f"'{folder}' in parents",
        "pageSize": 2,
        "supportsAllDrives": True,
        "includeItemsFromAllDrives": True,
    }
    request, found = drive.files().list(**asked), []
    while request is not None:
        page = request.execute()
        found += [one["name"] for one in page["files"]]
        request = drive.files().list_next(request, page)
    assert sorted(found) == ["a", "b", "c"]


def test_it_sends_a_long_query_as_a_form(server: DriveServer, drive: Any, folder: str) -> None:
    server.make_folder(folder, "a")
    names = " or ".join(f"name = 'a name that is not there {number}'" for number in range(80))
    asked = {"q": f"'{folder}' in parents and (name = 'a' or {names})"}
    found = drive.files().list(supportsAllDrives=True, includeItemsFromAllDrives=True, **asked).execute()
    assert [one["name"] for one in found["files"]] == ["a"]
    assert [entry["kind"] for entry in server.calls()][-1] == "files.list"


def who(session: AuthorizedSession, endpoint: str) -> str:
    """Whose calls a session makes."""
    found = session.get(f"{endpoint}/drive/v3/about", params={"fields": "user/emailAddress"})
    return str(found.json()["user"]["emailAddress"])


def test_a_users_own_file_logs_in(server: DriveServer) -> None:
    said = json.loads(server.authorized_user_file().read_text())
    names = ("refresh_token", "token_uri", "client_id", "client_secret")
    login = user_credentials.Credentials(None, **{name: said[name] for name in names})  # type: ignore[no-untyped-call]
    with AuthorizedSession(login) as session:  # type: ignore[no-untyped-call]
        assert who(session, server.endpoint) == USER


def test_a_service_account_file_logs_in_through_the_proxy(
    tls_server: DriveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", str(tls_server.proxy))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls_server.ca))
    login = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
        str(tls_server.service_account_file(google=True)), scopes=[SCOPE]
    )
    with AuthorizedSession(login) as session:  # type: ignore[no-untyped-call]
        assert who(session, "https://www.googleapis.com") == SERVICE
    assert all(entry["through_proxy"] for entry in tls_server.calls())
