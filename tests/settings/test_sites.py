"""Sites: providers, options, the two that always exist."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from syncgui.settings import Verify
from tests.settings.studio_folder import StudioFolder, at

KEY = "sync_server.sites.s"


def test_studio_and_the_own_site_always_exist_on_the_local_drive(studio: StudioFolder) -> None:
    studio.write({"local_id": "ws-9"})
    sites = studio.project().sites
    assert sorted(sites) == ["studio", "ws-9"]
    assert {site.provider for site in sites.values()} == {"local_drive"}


def test_listed_without_a_provider_they_are_on_the_local_drive_too(studio: StudioFolder) -> None:
    studio.write({"local_id": "ws-9"}, {"studio": {"root": "/s"}, "local": {"root": "/l"}})
    assert studio.problems() == ()
    sites = studio.project().sites
    assert sites["studio"].roots == {"": "/s"}
    assert sites["ws-9"].roots == {"": "/l"}
    assert "local" not in sites


def test_they_stay_without_a_folder_when_their_settings_are_wrong(studio: StudioFolder) -> None:
    studio.write({}, {"studio": {"provider": "gdrive", "root": "/s"}})
    assert "local_drive" in at(studio.problems(), "sync_server.sites.studio.provider").allowed
    project = studio.project()
    assert project.sites["studio"].provider == "local_drive"
    assert project.sites["studio"].roots == {}


def test_a_planned_provider_is_told_as_not_part_of_this_installation_yet(studio: StudioFolder) -> None:
    studio.write({"remote_site": "s"}, {"s": {"provider": "sftp", "host": "h", "root": "/far"}})
    problem = at(studio.problems(), f"{KEY}.provider")
    assert "provider sftp is not part of this installation yet" in problem.sentence
    assert "Site s" in problem.sentence
    assert problem.file == str(studio.common)
    project = studio.project()
    assert project.enabled
    assert "s" not in project.sites
    assert "provider sftp is not part of this installation yet" in project.idle_reason


def test_an_unknown_provider_is_told_with_the_closest_one(studio: StudioFolder) -> None:
    studio.write({}, {"s": {"provider": "gdriv"}})
    problem = at(studio.problems(), f"{KEY}.provider")
    assert problem.remedy == "Did you mean gdrive?"
    assert problem.allowed == "gdrive, local_drive, vault"


@pytest.mark.parametrize("provider", [None, 3, "", [], {}, True])
def test_a_provider_of_the_wrong_type_is_a_problem(provider: object, studio: StudioFolder) -> None:
    studio.write({}, {"s": {"provider": provider}})
    at(studio.problems(), f"{KEY}.provider")


def test_a_site_without_a_provider_is_told(studio: StudioFolder) -> None:
    studio.write({}, {"s": {"root": "/s"}})
    problem = at(studio.problems(), f"{KEY}.provider")
    assert "names no provider" in problem.sentence
    assert problem.found == "nothing"


@pytest.mark.parametrize("site", [3, "x", None, ["local_drive"]])
def test_a_site_that_is_no_mapping_is_left_out(site: object, studio: StudioFolder) -> None:
    studio.write({}, {"s": site})
    at(studio.problems(), KEY)
    project = studio.project()
    assert project.enabled
    assert "s" not in project.sites


def test_one_wrong_site_stops_only_what_needs_it(studio: StudioFolder) -> None:
    good = {"provider": "local_drive", "root": "/n"}
    studio.write({"remote_site": "nas"}, {"bad": {"provider": "?"}, "nas": good, "studio": {"root": "/s"}})
    project = studio.project()
    assert project.idle_reason == ""
    assert sorted(project.sites) == sorted(["nas", "studio", project.local_id])
    assert list(project.site_problems) == ["bad"]


def test_names_with_dots_and_signs_are_names(studio: StudioFolder) -> None:
    names = ["x.y", "$a", "ü b", "A"]
    studio.write({}, {name: {"provider": "local_drive"} for name in names})
    assert studio.problems() == ()
    assert set(names) <= set(studio.project().sites)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\ud800"])
def test_a_name_that_can_not_be_kept_is_refused(name: str, studio: StudioFolder) -> None:
    studio.write({}, {name: {"provider": "local_drive"}})
    problems = studio.problems()
    assert [problem.fatal for problem in problems] == [True]
    problems[0].sentence.encode()
    assert name not in studio.project().sites


def test_common_options_are_read(studio: StudioFolder) -> None:
    options = {
        "verify": "readback",
        "slots": "4",
        "bandwidth": "20MB",
        "file_mode": "0664",
        "folder_mode": "2775",
        "allowed_link_targets": ["/links"],
        "reserve": "5GiB",
        "trash_days": 7,
        "allow_remove": True,
    }
    studio.write({}, {"s": {"provider": "local_drive", **options}})
    assert studio.problems() == ()
    site = studio.project().sites["s"]
    assert site.verify is Verify.READBACK
    assert (site.slots, site.bandwidth_bytes_per_s, site.reserve_bytes) == (4, 20_000_000, 5 * 1024**3)
    assert (site.file_mode, site.folder_mode) == (0o664, 0o2775)
    assert site.allowed_link_targets == ("/links",)
    assert (site.trash_days, site.allow_remove) == (7, True)


def test_absent_options_have_their_defaults(studio: StudioFolder) -> None:
    studio.write({}, {"s": {"provider": "local_drive"}})
    site = studio.project().sites["s"]
    assert site.verify is Verify.XXH3
    assert (site.slots, site.bandwidth_bytes_per_s, site.file_mode, site.folder_mode) == (None,) * 4
    assert (site.allowed_link_targets, site.reserve_bytes, site.trash_days) == ((), None, None)
    assert site.allow_remove is False


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("verify", "md5", "'size', 'xxh3' or 'readback'"),
        ("slots", 0, "a whole number, 1 or more"),
        ("slots", None, "a whole number, 1 or more"),
        ("bandwidth", "fast", "a size a second"),
        ("bandwidth", 0, "a size a second"),
        ("file_mode", 664, "an octal mode"),
        ("folder_mode", "rwx", "an octal mode"),
        ("allowed_link_targets", "/links", "a list of paths"),
        ("allowed_link_targets", [""], "a list of paths"),
        ("reserve", [], "a size such as"),
        ("trash_days", -1, "a whole number, 0 or more"),
        ("allow_remove", "yes", "true or false"),
        ("alternative_sites", "studio", "a list of names"),
    ],
)
def test_a_wrong_option_is_told_and_leaves_its_site_out(
    option: str, value: object, allowed: str, studio: StudioFolder
) -> None:
    studio.write({}, {"s": {"provider": "local_drive", option: value}})
    problem = at(studio.problems(), f"{KEY}.{option}")
    assert allowed in problem.allowed
    assert "s" not in studio.project().sites


def test_a_missing_option_of_the_provider_is_told(studio: StudioFolder) -> None:
    studio.write({}, {"s": {"provider": "gdrive"}})
    problem = at(studio.problems(), f"{KEY}.credentials_url")
    assert problem.found == "nothing"
    assert "s" not in studio.project().sites


def test_a_providers_settings_are_its_own_model(studio: StudioFolder) -> None:
    studio.write({}, {"s": {"provider": "vault", "host": "h", "word": "sesame", "port": "7"}})
    site = studio.project().sites["s"]
    assert site.options.model_dump() == {"host": "h", "word": SecretStr("sesame"), "port": 7}
    assert "sesame" not in repr(studio.load()) + repr(site)


def test_a_wrong_secret_is_told_without_the_secret(studio: StudioFolder) -> None:
    studio.write({}, {"s": {"provider": "vault", "host": "h", "word": "ab", "port": "x"}})
    problems = studio.problems()
    assert at(problems, f"{KEY}.word").found == "***"
    assert at(problems, f"{KEY}.port").found == '"x"'


def test_a_password_inside_an_address_is_not_shown(studio: StudioFolder) -> None:
    studio.write({"remote_site": "https://ann:sesame@host/x"})
    sentences = " ".join(problem.sentence for problem in studio.problems())
    assert "https://***@host/x" in sentences
    assert "sesame" not in sentences
