"""What an OpenPype installation keeps in its database, as it writes it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.servers.mongo_server import MongoServer, NamedServer

Document = dict[str, object]

GDRIVE = {"windows": "", "darwin": "", "linux": "/secrets/credentials.json"}


def system(server: Mapping[str, object], version: str | None = "3.14.2") -> Document:
    """The system's settings, `sync_server` among the modules."""
    document: Document = {"type": "system_settings", "data": {"modules": {"sync_server": dict(server)}}}
    if version is None:
        return document
    return document | {"type": "system_settings_versioned", "version": version}


def project(
    server: Mapping[str, object], name: str | None = None, version: str | None = "3.14.2"
) -> Document:
    """The settings of all projects, or of one."""
    document: Document = {
        "type": "project_settings" if version is None else "project_settings_versioned",
        "data": {"global": {"sync_server": dict(server), "publish": {"CleanUp": {"paterns": []}}}},
        "is_default": name is None,
    }
    if name is not None:
        document["project_name"] = name
    return document if version is None else document | {"version": version}


def local(site_id: str, projects: Mapping[str, object]) -> Document:
    """One machine's own settings."""
    return {
        "type": "local_settings",
        "site_id": site_id,
        "data": {"general": {"openpype_username": "anna"}, "projects": dict(projects)},
    }


def usual() -> list[Document]:
    """A studio that syncs with a drive and with an SFTP server."""
    return [
        {"type": "global_settings", "data": {"admin_password": "pw-admin", "production_version": ""}},
        {"type": "versions_order", "production_versions": ["3.14.1", "3.14.2"], "staging_versions": []},
        system(
            {
                "enabled": True,
                "sites": {
                    "gdrive": {"provider": "gdrive"},
                    "vendor": {
                        "provider": "sftp",
                        "alternative_sites": ["studio"],
                        "sftp_host": "sftp.example.com",
                        "sftp_pass": "pw-sftp",
                    },
                    "__overriden_keys__": ["gdrive"],
                },
                "__overriden_keys__": ["enabled", "sites"],
            }
        ),
        project(
            {
                "enabled": True,
                "config": {
                    "retry_cnt": "5",
                    "loop_delay": "60",
                    "active_site": "studio",
                    "remote_site": "gdrive",
                    "always_accessible_on": ["vendor"],
                    "log_level": "debug",
                },
                "sites": {"gdrive": {"credentials_url": GDRIVE, "root": {"work": "/My Drive/work"}}},
                "__overriden_keys__": ["enabled", "config", "sites"],
            }
        ),
        project({"config": {"remote_site": "vendor"}}, "Film"),
        local(
            "swift-amber-otter",
            {
                "__default_project__": {
                    "active_site": "local",
                    "remote_site": "",
                    "local": {"work": "/home/anna/work"},
                    "vendor": {"sftp_user": "anna"},
                },
                "Film": {"remote_site": "studio", "studio": {"work": "/mnt/film", "render": None}},
            },
        ),
        local("other-ws", {"__default_project__": {"active_site": "studio"}}),
    ]


class OpenPype:
    """An installation's database on a server of the tests."""

    def __init__(self, server: MongoServer | NamedServer, database: str) -> None:
        self._server = server
        self.database = database
        self.address = server.address()

    def keep(self, *documents: Document) -> None:
        """Keep settings."""
        with self._server.client() as client:
            client[self.database]["settings"].insert_many([dict(one) for one in documents])
