"""What OpenPype keeps, in our words: which version's settings hold, and what is taken of them."""

from __future__ import annotations

import pytest

from syncgui.openpype_settings import OwnChoices, Translated, translate
from syncgui.openpype_versions import settings_in_use, version_in_use, version_key
from syncgui.providers import lib
from syncgui.settings.vocabulary import Vocabulary
from tests.commands.openpype import Document, local, project, system, usual

KEYS = Vocabulary.of(lib.settings_models().values()).site_keys


def translated(
    documents: list[Document], local_id: str | None = "swift-amber-otter", version: str | None = None
) -> Translated:
    return translate(documents, site_keys=KEYS, local_id=local_id, version=version)


def enabled_in(documents: list[Document], version: str | None = None) -> object:
    return translated(documents, version=version).system["enabled"]


def test_versions_stand_in_the_order_of_their_numbers() -> None:
    ordered = ["3.2.0", "3.10.0-nightly.2", "3.10.0-nightly.10", "3.10.0-rc.1", "3.10.0", "v3.10.1+staging"]
    keys = [version_key(one) for one in ordered]
    assert None not in keys
    assert keys == sorted(keys, key=lambda key: key or (0, 0, 0, 0, ()))
    assert version_key("latest") is None


def test_the_version_that_is_set_for_production_is_in_use() -> None:
    documents: list[Document] = [
        system({}, "3.15.0"),
        {"type": "versions_order", "production_versions": ["3.14.0", "3.15.0"]},
        {"type": "global_settings", "data": {"production_version": "3.14.0"}},
    ]
    assert version_in_use(documents) == "3.14.0"
    assert version_in_use(documents[:2]) == "3.15.0"
    assert version_in_use(documents[:1]) == "3.15.0"
    assert version_in_use([system({}, None)]) is None


def test_a_version_without_settings_reads_those_of_the_nearest_older_one() -> None:
    documents = [
        system({"enabled": version == "3.10.0"}, version) for version in ("3.9.1", "3.10.0", "3.16.0")
    ]
    assert enabled_in(documents, "3.11.0") is True
    assert enabled_in(documents, "3.10.0-rc.1") is False
    assert enabled_in(documents, "3.16.0") is False


def test_settings_from_before_versions_go_before_those_of_newer_ones() -> None:
    documents = [system({"enabled": False}, "3.16.0"), system({"enabled": True}, None)]
    assert enabled_in(documents, "3.11.0") is True
    assert enabled_in(documents[:1], "3.11.0") is False
    assert settings_in_use(documents[:1], "system_settings", "3.11.0") is documents[0]


def test_settings_that_only_a_trial_version_saved_are_passed_over() -> None:
    documents: list[Document] = [
        system({"enabled": True}, "3.9.0"),
        system({"enabled": False}, "3.10.0-staging.1"),
        {"type": "versions_order", "production_versions": ["3.9.0", "3.11.0"]},
    ]
    assert enabled_in(documents) is True


def test_sites_and_values_are_taken_as_they_stand() -> None:
    found = translated(usual())
    assert found.version == "3.14.2"
    assert found.system == {
        "enabled": True,
        "sites": {
            "gdrive": {"provider": "gdrive"},
            "vendor": {"provider": "sftp", "alternative_sites": ["studio"]},
        },
    }
    assert found.shared["config"] == {
        "retry_cnt": "5",
        "loop_delay": "60",
        "publish_site": "studio",
        "remote_site": "gdrive",
        "always_accessible_on": ["vendor"],
    }
    sites = found.shared["sites"]
    assert isinstance(sites, dict)
    assert sites["gdrive"]["root"] == {"work": "/My Drive/work"}
    assert sites["gdrive"]["credentials_url"]["linux"] == "/secrets/credentials.json"
    assert found.projects == {"Film": {"config": {"remote_site": "vendor"}}}


def test_what_is_not_known_is_listed_with_its_kind_and_never_its_value() -> None:
    left = translated(usual()).left
    shown = {one.key: one.kind for one in left}
    assert shown["sync_server.sites.vendor.sftp_host"] == "a text"
    assert shown["sync_server.config.log_level"] == "a text"
    assert "a secret" in shown["sync_server.sites.vendor.sftp_pass"]
    assert shown["vendor.sftp_user"] == "a text"
    assert len(left) == 4
    assert "sftp.example.com" not in repr(left)
    assert "pw-sftp" not in repr(left)


def test_a_secret_is_not_taken_even_where_its_key_is_known() -> None:
    documents = [project({"sites": {"box": {"provider": "dropbox", "token": "pw-token"}}})]
    found = translate(documents, site_keys={*KEYS, "token"}, local_id=None, version=None)
    assert "pw-token" not in repr(found)
    assert [one.key for one in found.left] == ["sync_server.sites.box.token"]


def test_a_machines_own_choices_are_found_by_its_name() -> None:
    found = translated(usual())
    assert found.choices == {
        "": OwnChoices("local", None, {("swift-amber-otter", "work"): "/home/anna/work"}),
        "Film": OwnChoices(None, "studio", {("studio", "work"): "/mnt/film"}),
    }
    assert found.machines == ("other-ws", "swift-amber-otter")
    assert translated(usual(), "unknown").choices == {}
    assert translated(usual(), None).choices == {}


def test_folders_of_a_machine_count_only_for_sites_that_are_folders() -> None:
    own = local("ws", {"__default_project__": {"gdrive": {"work": "/x"}, "nas": {"work": "/y"}}})
    shared = system({"sites": {"gdrive": {"provider": "gdrive"}, "nas": {"provider": "local_drive"}}})
    found = translated([shared, own], "ws")
    assert found.choices[""].roots == {("nas", "work"): "/y"}
    assert [one.key for one in found.left] == ["gdrive.work"]


def test_what_openpype_takes_for_granted_is_written_down() -> None:
    found = translated([project({"config": {"remote_site": "gdrive"}})])
    assert found.system == {"enabled": False}
    assert found.shared["enabled"] is False


def test_an_early_sites_values_under_its_providers_name_are_found() -> None:
    site = {"gdrive": {"credentials_url": GDRIVE_URL}, "dropbox": {"token": ""}, "root": {"work": "/w"}}
    shared = system({"sites": {"cloud": {"provider": "gdrive"}}})
    found = translated([shared, project({"sites": {"cloud": site}})])
    assert found.shared["sites"] == {"cloud": {"credentials_url": GDRIVE_URL, "root": {"work": "/w"}}}
    assert found.left == ()


GDRIVE_URL = {"linux": "/credentials.json"}


def test_settings_kept_as_a_text_are_read() -> None:
    text = '{"modules": {"sync_server": {"enabled": true}}}'
    assert enabled_in([{"type": "system_settings", "value": text}]) is True
    assert enabled_in([{"type": "system_settings", "value": "{ no json"}]) is False


@pytest.mark.parametrize("name", ["../up", "..", "a/b", "a\\b", "C:", "nul\0", " "])
def test_a_project_whose_name_is_no_folders_is_left(name: str) -> None:
    found = translated([project({"enabled": True}, name)])
    assert found.projects == {}
    (left,) = found.left
    assert "folder" in left.kind


def test_a_root_that_a_project_does_without_is_told() -> None:
    documents = [
        project({"sites": {"gdrive": {"root": {"work": "/w", "render": "/r"}}}}),
        project({"sites": {"gdrive": {"root": {"work": "/f"}}}, "__overriden_keys__": ["sites"]}, "Film"),
    ]
    (left,) = translated(documents).left
    assert left.key == "sync_server.sites.gdrive.root.render"
    assert "Film" in left.where


@pytest.mark.parametrize("odd", [None, 7, "text", [], [1], {"a": None}])
def test_odd_documents_stop_nothing(odd: object) -> None:
    documents: list[Document] = [
        {"type": "system_settings", "data": odd},
        {"type": "project_settings_versioned", "version": odd, "data": odd, "is_default": True},
        {"type": "system_settings_versioned", "version": "3.0.0", "data": {"modules": {"sync_server": odd}}},
        project({"sites": odd, "config": odd, "enabled": odd}),
        project({"sites": {"gdrive": odd}}, "Film"),
        {"type": "local_settings", "site_id": "ws", "data": {"projects": {"Film": odd, "A": {"local": odd}}}},
        {"type": "versions_order", "production_versions": odd},
        {"type": "global_settings", "data": odd},
    ]
    assert translated(documents, "ws").choices == {}
