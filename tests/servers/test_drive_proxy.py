"""TLS, CONNECT and IPv6 of the Drive server."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from pathlib import Path

import pytest

from tests.servers.drive.client import Api
from tests.servers.drive.process import DriveServer

pytest_plugins = ["tests.servers.drive.fixtures"]


def behind_proxy(
    server: DriveServer, host: str, path: str, *, port: int = 443, login: str = ""
) -> tuple[int, bytes]:
    """GET from a host by way of the proxy."""
    context = ssl.create_default_context(cafile=server.ca)
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=60)
    headers = {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()} if login else {}
    connection.set_tunnel(host, port, headers)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_the_endpoint_is_https_under_an_authority_of_its_own(tls_server: DriveServer) -> None:
    assert tls_server.endpoint == f"https://127.0.0.1:{tls_server.port}"
    api = Api(tls_server, tls_server.credentials)
    assert api.read(api.file("a", tls_server.drive_id, b"x" * 3_000_000)).body == b"x" * 3_000_000


def test_nobody_else_trusts_that_authority(tls_server: DriveServer) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", tls_server.port, timeout=60)
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            connection.request("GET", "/")
    finally:
        connection.close()


@pytest.mark.parametrize("host", ["www.googleapis.com", "oauth2.googleapis.com", "accounts.google.com"])
def test_google_hosts_lead_to_this_server(tls_server: DriveServer, host: str) -> None:
    tls_server.reset()
    status, body = behind_proxy(tls_server, host, "/drive/v3/files/root")
    assert (status, b"unregistered callers" in body) == (403, True)
    assert tls_server.counters()["tunnels"] == 1
    assert [entry["through_proxy"] for entry in tls_server.calls()] == [True, True]


def test_the_server_itself_may_be_asked_for_by_its_address(tls_server: DriveServer) -> None:
    assert behind_proxy(tls_server, "127.0.0.1", "/drive/v3/files/root", port=tls_server.port)[0] == 403


@pytest.mark.parametrize(
    ("host", "port"), [("example.com", 443), ("www.googleapis.com", 80), ("127.0.0.1", 1)]
)
def test_any_other_host_is_refused(tls_server: DriveServer, host: str, port: int) -> None:
    with pytest.raises(OSError, match="403"):
        behind_proxy(tls_server, host, "/", port=port)


def test_a_proxy_that_asks_for_a_login_lets_in_who_has_it(tls_server: DriveServer) -> None:
    tls_server.configure(proxy_login="studio:secret")
    with pytest.raises(OSError, match="407"):
        behind_proxy(tls_server, "www.googleapis.com", "/")
    assert behind_proxy(tls_server, "www.googleapis.com", "/x", login="studio:secret")[0] == 404
    assert (tls_server.count("connect", status=407), tls_server.count("connect", status=200)) == (1, 1)


def test_a_sessions_address_is_of_the_host_that_was_asked(tls_server: DriveServer) -> None:
    api = Api(tls_server, tls_server.credentials)
    headers = {"Host": "www.googleapis.com"}
    asked = {"uploadType": "resumable", "supportsAllDrives": "true"}
    reply = api.ask(
        "POST",
        "/upload/drive/v3/files",
        params=asked,
        fields={"parents": [tls_server.drive_id]},
        headers=headers,
    )
    assert reply.headers["Location"].startswith("https://www.googleapis.com/upload/drive/v3/files?")


def test_certificates_stay_over_restarts(tmp_path: Path) -> None:
    server = DriveServer(tmp_path, tls=True)
    try:
        assert server.ca is not None
        before = server.ca.read_bytes()
        server.kill()
        server.start()
        assert server.ca.read_bytes() == before
        assert Api(server, server.credentials).get("root").status == 200
    finally:
        server.stop()


def test_without_tls_there_is_no_proxy(server: DriveServer) -> None:
    assert (server.ca, server.proxy) == (None, None)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"CONNECT www.googleapis.com:443 HTTP/1.1\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 403 ")


def test_it_serves_ipv6_with_tls(tmp_path: Path) -> None:
    server = DriveServer(tmp_path, tls=True, host="::1")
    try:
        assert server.endpoint == f"https://[::1]:{server.port}"
        assert Api(server, server.credentials).get("root").status == 200
        assert server.count("files.get") == 1
    finally:
        server.stop()
