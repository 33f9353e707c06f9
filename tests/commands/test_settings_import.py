"""`settings import`: what OpenPype keeps becomes our files, after a look, and nothing is lost."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.commands.openpype import OpenPype, local, project, system, usual
from tests.commands.program import Ended, Program
from tests.servers.mongo_server import MongoServer, NamedServer, empty, new_database

MODULES = "system_settings/modules.json"
GLOBAL = "project_settings/global.json"


class Import:
    """The program, beside an installation of OpenPype."""

    def __init__(self, folder: Path, openpype: OpenPype, projects: str) -> None:
        self.openpype = openpype
        self.settings = folder / "settings"
        self.user = folder / "home" / "config" / "user.json"
        self.program = Program(folder, ["--home", str(folder / "home"), "--settings", str(self.settings)])
        self.variables = {"OPENPYPE_DATABASE_NAME": openpype.database, "AVALON_DB": projects}

    def run(self, *arguments: str, address: str | None = None, **variables: str) -> Ended:
        """Import."""
        where = self.openpype.address if address is None else address
        given = [where] if where else []
        return self.program.run(
            "settings", "import", *given, *arguments, variables=self.variables | variables
        )

    def json(self, name: str | Path) -> Any:
        """A file of the settings."""
        return json.loads((self.settings / name).read_text(encoding="utf-8"))

    def write(self, name: str, content: object) -> bytes:
        """Have settings already."""
        path = self.settings / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
        return path.read_bytes()

    def files(self) -> set[str]:
        """What lies in the settings folder."""
        return {str(one.relative_to(self.settings)) for one in self.settings.rglob("*") if one.is_file()}


@pytest.fixture
def importing(tmp_path: Path, mongo_server: MongoServer | NamedServer) -> Any:
    """Nothing of ours yet; OpenPype on the server of the tests."""
    database, projects = new_database(), new_database()
    yield Import(tmp_path, OpenPype(mongo_server, database), projects)
    empty(mongo_server, database)
    empty(mongo_server, projects)


def test_an_installations_settings_become_ours_and_are_checked(importing: Import) -> None:
    importing.openpype.keep(*usual())
    done = importing.run("--site-id", "swift-amber-otter")
    assert importing.files() == {MODULES, GLOBAL, "project_settings/Film/global.json"}
    assert importing.json(MODULES)["sync_server"]["sites"]["gdrive"] == {"provider": "gdrive"}
    server = importing.json(GLOBAL)["sync_server"]
    assert server["enabled"] is True
    assert server["config"]["remote_site"] == "gdrive"
    assert importing.json("project_settings/Film/global.json") == {
        "sync_server": {"config": {"remote_site": "vendor"}}
    }
    own = importing.json(importing.user)
    assert own["local_id"] == "swift-amber-otter"
    assert own["publish_site"] == "local"
    assert own["roots"] == {"swift-amber-otter": {"work": "/home/anna/work"}}
    assert own["projects"]["Film"] == {"remote_site": "studio", "roots": {"studio": {"work": "/mnt/film"}}}
    # It was checked at once: providers that this version lacks are named.
    assert "provider sftp is not part of this installation yet" in done.out
    assert done.code == 2
    assert "OpenPype 3.14.2" in done.out


def test_good_settings_end_with_0_and_sync_reads_them(importing: Import, tmp_path: Path) -> None:
    importing.openpype.keep(
        system({"enabled": True, "sites": {"nas": {"provider": "local_drive", "root": {"work": "/nas"}}}}),
        project({"enabled": True, "config": {"active_site": "studio", "remote_site": "nas"}}),
        local("ws", {"__default_project__": {"studio": {"work": str(tmp_path)}}}),
    )
    done = importing.run(OPENPYPE_LOCAL_ID="ws")
    assert done.code == 0, done.err
    assert "Nothing is wrong" in done.out
    shown = importing.program.run("sites", "show", "--json").json["projects"]
    assert isinstance(shown, list)
    assert (shown[0]["local_id"], shown[0]["active_site"], shown[0]["remote_site"]) == ("ws", "studio", "nas")


def test_a_dry_run_shows_everything_and_writes_nothing(importing: Import) -> None:
    importing.openpype.keep(*usual())
    done = importing.run("--dry-run", "--site-id", "swift-amber-otter")
    assert done.code == 0
    assert importing.files() == set()
    assert not importing.user.exists()
    assert str(importing.settings / GLOBAL) in done.out
    assert 'sync_server.config.remote_site = "gdrive"' in done.out
    assert 'roots.swift-amber-otter.work = "/home/anna/work"' in done.out
    assert "sync_server.sites.vendor.sftp_host (a text)" in done.out


def test_no_secret_is_shown_or_written(importing: Import) -> None:
    importing.openpype.keep(*usual())
    for arguments in (("--dry-run",), ()):
        done = importing.run(*arguments)
        assert "pw-" not in done.out + done.err
    assert not any(b"pw-" in (importing.settings / one).read_bytes() for one in importing.files())


def test_values_that_would_be_replaced_are_shown_and_want_consent(importing: Import) -> None:
    importing.openpype.keep(*usual())
    config = {"remote_site": "nas", "loop_delay": "60"}
    before = importing.write(GLOBAL, {"sync_server": {"config": config}, "publish": {"a": 1}})
    done = importing.run()
    assert done.code == 2
    assert '"gdrive"  (was "nas")' in done.out
    assert "--yes" in done.err
    assert importing.files() == {GLOBAL}
    assert (importing.settings / GLOBAL).read_bytes() == before


def test_with_consent_the_old_file_is_kept_under_a_free_name(importing: Import) -> None:
    importing.openpype.keep(*usual())
    before = importing.write(GLOBAL, {"sync_server": {"config": {"remote_site": "nas"}}, "publish": {"a": 1}})
    (importing.settings / f"{GLOBAL}.bak1").write_text("older")
    done = importing.run("--yes")
    assert f"{GLOBAL}.bak2" in done.err
    assert (importing.settings / f"{GLOBAL}.bak1").read_text() == "older"
    assert (importing.settings / f"{GLOBAL}.bak2").read_bytes() == before
    now = importing.json(GLOBAL)
    assert now["sync_server"]["config"]["remote_site"] == "gdrive"
    assert now["publish"] == {"a": 1}


def test_what_is_ours_alone_stays_and_other_forms_give_way(importing: Import) -> None:
    importing.openpype.keep(*usual())
    sites = {"gdrive": {"root": "/My Drive", "slots": 4}, "own": {"provider": "local_drive", "root": "/own"}}
    flat = {"retry_cnt": 2, "active_site": "own", "local_id": "ws", "sites": sites}
    importing.write(GLOBAL, {"sync_server": flat})
    importing.run("--yes")
    server = importing.json(GLOBAL)["sync_server"]
    assert server["sites"]["own"] == sites["own"]
    assert server["sites"]["gdrive"]["slots"] == 4
    assert server["sites"]["gdrive"]["root"] == {"work": "/My Drive/work"}
    assert server["local_id"] == "ws"
    assert not {"retry_cnt", "active_site"} & set(server)
    assert server["config"]["publish_site"] == "studio"


def test_a_second_import_changes_nothing(importing: Import) -> None:
    importing.openpype.keep(*usual())
    importing.run("--site-id", "swift-amber-otter")
    files = importing.files()
    done = importing.run("--site-id", "swift-amber-otter")
    assert "Everything was so already" in done.out
    assert importing.files() == files
    assert not list(importing.user.parent.glob("*.bak*"))


def test_only_the_user_may_read_the_users_own_file_and_what_is_kept_of_it(importing: Import) -> None:
    importing.openpype.keep(*usual())
    importing.user.parent.mkdir(parents=True)
    importing.user.write_text('{"publish_site": "studio"}')
    importing.user.chmod(0o600)
    importing.run("--yes", "--site-id", "swift-amber-otter")
    kept = importing.user.with_name("user.json.bak1")
    assert json.loads(kept.read_text()) == {"publish_site": "studio"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in (kept, importing.user)} == {0o600}
    assert stat.S_IMODE((importing.settings / GLOBAL).stat().st_mode) == 0o644


def test_a_file_that_can_not_be_read_stops_everything(importing: Import) -> None:
    importing.openpype.keep(*usual())
    path = importing.settings / GLOBAL
    path.parent.mkdir(parents=True)
    path.write_text("{ no json")
    done = importing.run("--yes")
    assert done.code == 2
    assert str(path) in done.err
    assert importing.files() == {GLOBAL}
    assert path.read_text() == "{ no json"


def test_machines_are_named_when_this_one_is_not_among_them(importing: Import) -> None:
    importing.openpype.keep(*usual())
    done = importing.run("--dry-run")
    assert "--site-id NAME" in done.err
    assert "other-ws, swift-amber-otter" in done.err


def test_the_name_of_this_machine_is_taken_from_openpypes_own_file(importing: Import, tmp_path: Path) -> None:
    importing.openpype.keep(*usual())
    folder = tmp_path / "share" / "openpype"
    folder.mkdir(parents=True)
    (folder / "openpype_settings.json").write_text('{"registry": {"localId": "swift-amber-otter"}}')
    done = importing.run("--dry-run", XDG_DATA_HOME=str(tmp_path / "share"))
    assert 'local_id = "swift-amber-otter"' in done.out


def test_the_address_may_be_named_by_a_variable_or_be_that_of_the_environment(importing: Import) -> None:
    importing.openpype.keep(*usual())
    address = importing.openpype.address
    assert importing.run("--dry-run", address="{STUDIO}", STUDIO=address).code == 0
    assert importing.run("--dry-run", address="", OPENPYPE_MONGO=address).code == 0
    missing = importing.run("--dry-run", address="{STUDIO}")
    assert (missing.code, "STUDIO" in missing.err) == (2, True)


def test_another_version_of_openpype_may_be_named(importing: Import) -> None:
    importing.openpype.keep(*usual(), system({"enabled": False}, "3.9.0"))
    done = importing.run("--dry-run", "--openpype-version", "3.9.0")
    assert "OpenPype 3.9.0" in done.out
    assert importing.run("--dry-run", "--openpype-version", "newest").code == 2


def test_nothing_to_import_is_said_with_where_it_was_looked_for(importing: Import) -> None:
    done = importing.run()
    assert done.code == 2
    assert importing.openpype.database in done.err
    assert "OPENPYPE_DATABASE_NAME" in done.err
    no_server = importing.run(address="sqlite:////a.sqlite")
    assert (no_server.code, "mongodb://HOST" in no_server.err) == (2, True)


def test_a_server_that_is_not_there_is_3_without_the_password(importing: Import) -> None:
    done = importing.run(address="mongodb://anna:pw-hidden@127.0.0.1:1/?serverSelectionTimeoutMS=200")
    assert done.code == 3
    assert "127.0.0.1:1" in done.err
    assert "pw-hidden" not in done.out + done.err
