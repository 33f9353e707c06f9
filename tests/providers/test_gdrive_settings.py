"""Google Drive, settings: the layout that studios have already, what is refused, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncgui.providers import lib
from syncgui.providers.gdrive import GDriveProvider, GDriveSettings
from syncgui.settings import ProjectSettings, SiteSettings, every_problem
from tests.commands.program import Program
from tests.settings.studio_folder import StudioFolder, at

KEY = "sync_server.sites.gdrive"


@pytest.fixture
def studio(tmp_path: Path) -> StudioFolder:
    return StudioFolder(tmp_path)


def read(studio: StudioFolder, platform: str = "linux", **environment: str) -> ProjectSettings:
    """The settings as the program reads them, with the real providers."""
    settings = studio.load(environment, platform=platform, models=lib.settings_models())
    return settings.project("Test", None)


def site_of(studio: StudioFolder, platform: str = "linux", **environment: str) -> SiteSettings:
    return read(studio, platform, **environment).sites["gdrive"]


def options_of(site: SiteSettings) -> GDriveSettings:
    assert isinstance(site.options, GDriveSettings)
    return site.options


def problem_of(studio: StudioFolder, key: str) -> str:
    settings = studio.load(models=lib.settings_models())
    return at(every_problem(settings, [settings.project("Test", None)]), f"{KEY}.{key}").sentence


def test_the_classic_layout_works_unchanged(studio: StudioFolder, tmp_path: Path) -> None:
    studio.write(
        {
            "local_id": "local_0",
            "retry_cnt": "3",
            "loop_delay": "60",
            "active_site": "studio",
            "publish_site": "studio",
            "remote_site": "gdrive",
        },
        {
            "gdrive": {
                "provider": "gdrive",
                "credentials_url": {
                    "windows": "C:/keys/drive.json",
                    "linux": "/keys/drive.json",
                    "darwin": "",
                },
                "root": {"work": "/My Drive/sync_testing/work", "publish": "/Studio/publish"},
            },
            "studio": {"provider": "local_drive", "root": {"work": str(tmp_path)}},
        },
    )
    project = read(studio)
    assert (project.active_site, project.remote_site) == ("studio", "gdrive")
    site = project.sites["gdrive"]
    assert site.provider == "gdrive"
    assert options_of(site).credentials_url == Path("/keys/drive.json")
    assert dict(site.roots) == {"work": "/My Drive/sync_testing/work", "publish": "/Studio/publish"}
    provider = lib.create("gdrive", "gdrive", site.options, dict(site.roots))
    assert isinstance(provider, GDriveProvider)


@pytest.mark.parametrize(
    ("platform", "path"),
    [("linux", "/keys/l.json"), ("darwin", "/keys/d.json"), ("windows", "C:/keys/w.json")],
)
def test_the_credentials_file_is_given_for_each_platform(
    studio: StudioFolder, platform: str, path: str
) -> None:
    by_platform = {"windows": "C:/keys/w.json", "linux": "/keys/l.json", "darwin": "/keys/d.json"}
    studio.write({}, {"gdrive": {"provider": "gdrive", "credentials_url": by_platform, "root": "/Studio"}})
    assert options_of(site_of(studio, platform)).credentials_url == Path(path)


@pytest.mark.parametrize("given", ["{STUDIO_KEYS}/drive.json", {"linux": "{STUDIO_KEYS}/drive.json"}])
def test_environment_variables_stand_in_the_credentials_path(studio: StudioFolder, given: object) -> None:
    studio.write({}, {"gdrive": {"provider": "gdrive", "credentials_url": given, "root": "/Studio"}})
    site = site_of(studio, STUDIO_KEYS="/mnt/keys")
    assert options_of(site).credentials_url == Path("/mnt/keys/drive.json")


def test_a_variable_that_is_not_set_is_told(studio: StudioFolder) -> None:
    given = "{STUDIO_KEYS}/drive.json"
    studio.write({}, {"gdrive": {"provider": "gdrive", "credentials_url": given, "root": "/Studio"}})
    assert "The environment variable STUDIO_KEYS" in problem_of(studio, "credentials_url")


def test_a_site_without_a_credentials_file_is_told(studio: StudioFolder) -> None:
    studio.write({}, {"gdrive": {"provider": "gdrive", "root": "/Studio"}})
    said = problem_of(studio, "credentials_url")
    assert "a service account's key, or the identity of an installed program" in said


@pytest.mark.parametrize(
    "endpoint",
    [
        "drive.example.net",
        "ftp://drive.example.net",
        "https://",
        "https://[::1",
        "https://host:port",
        "https://h:99999",
    ],
)
def test_an_address_that_is_none_is_told_with_an_example(studio: StudioFolder, endpoint: str) -> None:
    site = {"provider": "gdrive", "credentials_url": "/k.json", "endpoint": endpoint, "root": "/Studio"}
    studio.write({}, {"gdrive": site})
    assert "an address such as https://drive.example.net, or empty for Google's" in problem_of(
        studio, "endpoint"
    )


@pytest.mark.parametrize(
    "endpoint", ["", "https://drive.example.net", "http://[::1]:8080/", "https://h:8443"]
)
def test_an_address_is_taken_without_its_last_slash(endpoint: str) -> None:
    made = GDriveSettings(credentials_url=Path("/k.json"), endpoint=endpoint)
    assert made.endpoint == endpoint.rstrip("/")


def test_no_secret_is_shown_by_the_check_of_the_settings(studio: StudioFolder, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text('{"type": "service_account", "private_key": "open sesame"}')
    site = {
        "provider": "gdrive",
        "credentials_url": str(key),
        "endpoint": "nonsense",
        "client_secret": "open sesame",
        "refresh_token": "open sesame",
        "root": "/Studio",
    }
    studio.write({"remote_site": "gdrive"}, {"gdrive": site})
    done = Program(tmp_path, ["--settings", str(studio.folder), "--home", str(tmp_path / "home")])
    for words in (("settings", "check"), ("settings", "check", "--json")):
        ended = done.run(*words)
        assert ended.code == 2
        assert "drive.example.net" in ended.out
        assert "open sesame" not in ended.out + ended.err
