"""`sites login` and `sites logout`: a user's own login to Drive, kept in the keyring."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.commands.program import Ended, Program
from tests.servers.drive.process import USER, DriveServer


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriveServer]:
    """Logins are only allowed over HTTPS."""
    server = DriveServer(tmp_path_factory.mktemp("drive-login"), tls=True)
    yield server
    server.stop()


class Desk:
    """A user's machine: settings with a Drive site, a keyring in a file, a browser."""

    def __init__(self, folder: Path, server: DriveServer) -> None:
        self.server = server
        self.keyring = folder / "keyring.json"
        self.settings = folder / "settings"
        self.program = Program(folder, ["--settings", str(self.settings), "--home", str(folder / "home")])
        self.write(server.client_secret_file())

    def write(self, credentials: Path, **options: object) -> None:
        """Settings whose site "gdrive" works with a credentials file."""
        site = {
            "provider": "gdrive",
            "credentials_url": str(credentials),
            "endpoint": self.server.endpoint,
            "root": {"work": "/My Drive/Shared projects"},
            **options,
        }
        backup = {"provider": "local_drive", "root": {"work": str(self.settings)}}
        server = {
            "enabled": True,
            "config": {"remote_site": "gdrive"},
            "sites": {"gdrive": site, "backup": backup},
        }
        for name, content in (
            ("system_settings/modules.json", {"sync_server": {"enabled": True}}),
            ("project_settings/global.json", {"sync_server": server}),
        ):
            path = self.settings / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))

    def run(self, *arguments: str, variables: Mapping[str, str] | None = None) -> Ended:
        """Run a command; what PYTHONWARNINGS says of the libraries' own habits is left out."""
        environment = {
            "PYTHON_KEYRING_BACKEND": "tests.commands.file_keyring.FileKeyring",
            "KEYRING_FILE": str(self.keyring),
            "REQUESTS_CA_BUNDLE": str(self.server.ca),
            "SSL_CERT_FILE": str(self.server.ca),
            "BROWSER": f"{sys.executable} -m tests.commands.browser %s",
            "PYTHONWARNINGS": "",
            **(variables or {}),
        }
        return self.program.run(*arguments, variables=environment)

    def kept(self) -> list[str]:
        """The passwords in the keyring."""
        return list(json.loads(self.keyring.read_text()).values()) if self.keyring.exists() else []


@pytest.fixture
def desk(tmp_path: Path, tls_server: DriveServer) -> Desk:
    return Desk(tmp_path, tls_server)


def test_a_user_logs_in_works_and_logs_out(desk: Desk) -> None:
    before = desk.run("sites", "test", "gdrive")
    assert before.code == 2
    assert "nobody has logged in on this machine yet: syncgui sites login gdrive" in before.out
    done = desk.run("sites", "login", "gdrive")
    assert (done.code, done.out) == (0, f"Logged in to gdrive as {USER}.\n"), done.err
    assert done.err.count("Log in for site gdrive with a browser of this machine: https://") == 1
    assert "This page can be closed" in (desk.program.folder / "page.txt").read_text()
    (token,) = desk.kept()
    tested = desk.run("sites", "test", "gdrive")
    assert tested.code == 0, tested.out
    assert f"✓ Logged in as {USER}." in tested.out
    out = desk.run("sites", "logout", "gdrive")
    assert (out.code, out.out) == (0, "The login to gdrive is forgotten.\n")
    assert desk.kept() == []
    assert desk.run("sites", "logout", "gdrive").out == "Nobody was logged in to gdrive.\n"
    assert desk.run("sites", "test", "gdrive").code == 2
    assert token not in done.out + done.err + tested.out + tested.err + logs(desk)


def test_a_page_that_says_no_logs_nobody_in(desk: Desk, tmp_path: Path) -> None:
    content = json.loads(desk.server.client_secret_file().read_text())
    content["installed"]["client_id"] = "another-program.apps.googleusercontent.com"
    path = tmp_path / "other.json"
    path.write_text(json.dumps(content))
    desk.write(path)
    done = desk.run("sites", "login", "gdrive")
    assert done.code == 2
    assert "nobody was logged in: its page said no" in done.err
    assert desk.kept() == []


def test_a_machine_without_a_keyring_says_so_before_anybody_logs_in(desk: Desk) -> None:
    none = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    for command in ("login", "logout"):
        done = desk.run("sites", command, "gdrive", variables=none)
        assert done.code == 2
        assert "this machine's keyring can not be used (NoKeyringError): install or unlock one" in done.err
        assert "or use a service account" in done.err
    assert "Log in for site" not in done.err


def test_a_keyring_that_keeps_nothing_says_so(desk: Desk) -> None:
    done = desk.run(
        "sites", "login", "gdrive", variables={"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    )
    assert done.code == 2
    assert "keyring" in done.err or "nobody has logged in" in done.err


def test_a_site_of_a_service_account_needs_no_login(desk: Desk) -> None:
    desk.write(desk.server.service_account_file())
    for command in ("login", "logout"):
        done = desk.run("sites", command, "gdrive")
        assert done.code == 2
        assert "nobody has to log in" in done.err


def test_a_site_that_is_a_folder_has_no_login(desk: Desk) -> None:
    done = desk.run("sites", "login", "backup")
    assert done.code == 2
    assert "Site backup can not be logged in to: it has no login of its own" in done.err
    assert desk.run("sites", "login", "nowhere").code == 2


def test_a_login_that_was_revoked_asks_for_another_one(desk: Desk) -> None:
    assert desk.run("sites", "login", "gdrive").code == 0
    desk.server.revoke(USER)
    done = desk.run("sites", "test", "gdrive")
    assert done.code == 2
    assert "the login has expired or was revoked: log in anew" in done.out
    assert desk.run("sites", "login", "gdrive").code == 0
    assert len(desk.kept()) == 1, "in the place of the one before"


def logs(desk: Desk) -> str:
    """All that this user's programs have logged."""
    folder = desk.program.folder / "home"
    return "".join(path.read_text() for path in folder.rglob("*.log*"))
