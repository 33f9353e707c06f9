"""Google Drive in a studio's network: proxies, an authority of its own, names and lines that fail, IPv6."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.model.errors import CertificateError, NetworkError, SyncError
from tests.providers.contract import Site
from tests.providers.drive_room import LARGE, HastyTransfer, Room, content_of
from tests.servers.drive.process import DriveServer
from tests.servers.drive.settings import Settings

VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriveServer]:
    server = DriveServer(tmp_path_factory.mktemp("drive-tls"), tls=True)
    yield server
    server.stop()


@pytest.fixture
def tls(tls_server: DriveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A room behind HTTPS, and a machine on which nothing of a network is set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    room = Room(tls_server)
    tls_server.reset()
    yield room
    room.close()
    tls_server.reset()
    tls_server.configure(proxy_login=Settings().proxy_login)


def at_google(room: Room) -> Site:
    """A site that calls Google's own names."""
    credentials = room.server.service_account_file(google=True)
    return room.site(credentials=credentials, endpoint="")


def tunnels(room: Room) -> set[str]:
    """The hosts to which there were tunnels."""
    return {str(one["target"]) for one in room.server.calls() if one["kind"] == "connect"}


def fails(site: Site) -> SyncError:
    with pytest.raises(SyncError) as caught:
        site.get("a", HastyTransfer())
    return caught.value


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_googles_names_are_reached_through_the_proxy(
    tls: Room, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", str(tls.server.proxy))
    monkeypatch.setenv(variable, str(tls.server.ca))
    site = at_google(tls)
    content = content_of(LARGE)
    site.put("project/a", content)
    site.put("project/b", b"small")
    assert site.get("project/a") == content
    assert site.provider.check().good
    calls = tls.server.calls()
    assert {one["kind"] for one in calls} >= {"token", "upload.start", "upload.put", "upload.multipart"}
    assert all(one["through_proxy"] for one in calls)
    assert tunnels(tls) == {"www.googleapis.com:443", "oauth2.googleapis.com:443"}
    assert int(str(tls.server.counters()["tunnels"])) <= 4, "two, and two more for the check: they are kept"


def test_hosts_of_no_proxy_are_called_straight(tls: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.server.ca))
    tls.site().put("a", b"x")
    assert tls.contents() == {"a": b"x"}
    assert not tunnels(tls)


def test_a_proxy_that_wants_a_login_gets_it(tls: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    tls.server.configure(proxy_login="anna:sesame")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.server.ca))
    monkeypatch.setenv("HTTPS_PROXY", str(tls.server.proxy).replace("://", "://anna:sesame@"))
    at_google(tls).put("a", b"x")
    assert tls.contents() == {"a": b"x"}


def test_a_proxy_that_refuses_the_login_is_said_without_the_password(
    tls: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls.server.configure(proxy_login="anna:sesame")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.server.ca))
    monkeypatch.setenv("HTTPS_PROXY", str(tls.server.proxy).replace("://", "://anna:open-wrong@"))
    error = fails(at_google(tls))
    assert isinstance(error, NetworkError)
    assert "the proxy of this network wants a login: HTTPS_PROXY=http://USER:PASSWORD@" in error.sentence
    assert "open-wrong" not in repr(error) + error.sentence


def test_a_proxy_that_does_not_lead_there_is_said(tls: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", str(tls.server.proxy))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.server.ca))
    error = fails(tls.site(endpoint="https://drive.example.net", credentials=google_file(tls)))
    assert isinstance(error, NetworkError)
    assert (
        "the proxy of this network refuses to connect to drive.example.net: 403 Forbidden" in error.sentence
    )


def test_a_proxy_that_is_not_there_is_said(tls: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    error = fails(at_google(tls))
    assert isinstance(error, NetworkError)
    assert "the proxy that this machine is told to use can not be reached" in error.sentence


def test_a_certificate_that_is_not_trusted_names_the_variable(tls: Room) -> None:
    error = fails(tls.site())
    assert isinstance(error, CertificateError)
    assert "127.0.0.1" in error.sentence
    assert "REQUESTS_CA_BUNDLE or SSL_CERT_FILE" in error.next_step
    assert tls.server.count("token") == 0


def test_a_certificate_that_is_not_trusted_is_not_tried_over(tls: Room, room: Room) -> None:
    # The tokens come from a server without TLS, the files do not.
    site = tls.site(credentials=room.server.credentials)
    transfer = HastyTransfer()
    with pytest.raises(CertificateError):
        site.get("a", transfer)
    assert transfer.waits == []


def test_an_authoritys_file_that_is_not_there_is_said(
    tls: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    error = fails(tls.site())
    assert isinstance(error, CertificateError)
    assert "the file that REQUESTS_CA_BUNDLE or SSL_CERT_FILE names is not there" in error.sentence


def test_a_server_that_speaks_no_tls_is_said(tls: Room, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = room.server.endpoint.replace("http://", "https://")
    error = fails(tls.site(endpoint=plain, credentials=room.server.credentials))
    assert isinstance(error, SyncError)
    assert error.code in ("network", "certificate")


def test_a_name_that_can_not_be_resolved_is_said(tls: Room) -> None:
    error = fails(tls.site(endpoint="https://drive.invalid", credentials=google_file(tls, "x.invalid")))
    assert isinstance(error, NetworkError)
    assert "the name x.invalid can not be resolved; is this machine on the network?" in error.sentence


def test_a_port_that_nobody_listens_at_is_said(tls: Room, room: Room) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    transfer = HastyTransfer()
    with pytest.raises(NetworkError) as caught:
        tls.site(endpoint=endpoint, credentials=room.server.credentials).get("a", transfer)
    assert "127.0.0.1 refuses the connection" in caught.value.sentence
    assert 3 <= len(transfer.waits) <= 10, "a few times, and never for long"


class Page(http.server.BaseHTTPRequestHandler):
    """The login page of a hotel's network, whatever is asked for."""

    def do_GET(self) -> None:
        body = b"<html>Welcome</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nothing."""


def test_a_page_in_the_place_of_drive_is_said(tls: Room, room: Room, tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as hotel:
        thread = threading.Thread(target=hotel.serve_forever, name="hotel")
        thread.start()
        endpoint = f"http://127.0.0.1:{hotel.server_port}"
        site = tls.site(endpoint=endpoint, credentials=room.server.credentials)
        try:
            error = fails(site)
        finally:
            site.provider.close()
            hotel.shutdown()
            thread.join(30)
    assert isinstance(error, NetworkError)
    assert "is not Drive: the login page of a network?" in error.sentence


def test_a_server_that_stops_answering_is_given_up(tmp_path: Path) -> None:
    server = DriveServer(tmp_path)
    try:
        room = Room(server)
        site = room.site(timeouts_s=(0.2, 0.2))
        site.put("a", b"x")
        server.halt()
        error = fails(site)
        assert isinstance(error, NetworkError)
        assert error.sentence == "No connection to site gdrive: 127.0.0.1 stopped answering"
        site.provider.close()
        error = fails(site)  # no token either
        assert error.sentence == "No connection to site gdrive: 127.0.0.1 stopped answering"
        server.go_on()
        assert site.get("a") == b"x"
        room.close()
    finally:
        server.stop()


def test_a_server_that_comes_back_is_gone_on_with(tmp_path: Path) -> None:
    server = DriveServer(tmp_path)
    try:
        room = Room(server)
        site = room.site()
        site.put("a", b"x")
        server.kill()
        assert isinstance(fails(site), NetworkError)
        server.start()
        assert site.get("a") == b"x"
        room.close()
    finally:
        server.stop()


def test_ipv6_serves_as_well(tmp_path: Path) -> None:
    server = DriveServer(tmp_path, host="::1")
    try:
        room = Room(server)
        assert "[::1]" in server.endpoint
        site = room.site()
        content = content_of(LARGE)
        site.put("a", content)
        assert site.get("a") == content
        room.close()
    finally:
        server.stop()


def google_file(room: Room, host: str = "") -> Path:
    """Credentials whose tokens come from a host; the server's own if none is named."""
    if not host:
        return room.server.service_account_file()
    text = room.server.service_account_file(google=True).read_text()
    path = room.server.folder / f"{host}.json"
    path.write_text(text.replace("oauth2.googleapis.com", host))
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
