"""Which folder serves which root name, and what is said when there is none."""

from __future__ import annotations

import pytest

from tests.settings.studio_folder import StudioFolder, at, roots_document

NAS = {"provider": "local_drive", "root": {"work": "/mnt/nas/w"}}
STUDIO_KEY = "sync_server.sites.studio.root"


def test_the_users_own_root_comes_first_then_the_sites_then_the_documents(studio: StudioFolder) -> None:
    document = roots_document(
        a={"linux": "/doc/a"}, b={"linux": "/doc/b", "windows": "B:/doc"}, c={"linux": "/doc/c"}
    )
    studio.write({}, {"studio": {"root": {"a": "/set/a", "b": "/set/b"}}})
    studio.user({"roots": {"studio": {"a": "/own/a"}}})
    site = studio.project(document).sites["studio"]
    assert site.roots == {"a": "/own/a", "b": "/set/b", "c": "/doc/c"}
    assert site.other_roots == {"a": ("/set/a", "/doc/a"), "b": ("/doc/b", "B:/doc")}


def test_the_document_serves_studio_only(studio: StudioFolder) -> None:
    studio.write()
    project = studio.project(roots_document(work={"linux": "/doc/w"}))
    assert project.sites["studio"].roots == {"work": "/doc/w"}
    assert project.sites[project.local_id].roots == {}


def test_a_root_of_a_project_wins_over_the_one_for_all(studio: StudioFolder) -> None:
    studio.write()
    studio.user(
        {
            "roots": {"studio": {"work": "/all", "pub": "/all/p"}},
            "projects": {"Test": {"roots": {"studio": {"work": "/test"}}}},
        }
    )
    settings = studio.load()
    assert settings.project("Test", None).sites["studio"].roots == {"work": "/test", "pub": "/all/p"}
    assert settings.project("Other", None).sites["studio"].roots["work"] == "/all"


def test_a_missing_root_is_told_with_the_command_that_sets_it(studio: StudioFolder) -> None:
    studio.write({"remote_site": "nas"}, {"nas": NAS})
    problem = at(studio.problems(), STUDIO_KEY)
    assert problem.sentence.startswith("Site studio has no folder on this machine for root work ")
    assert "syncgui sites set --root studio:work=PATH" in problem.remedy
    project = studio.project()
    assert project.enabled
    assert project.sites["studio"].roots == {}
    assert project.idle_reason == problem.sentence


def test_the_missing_single_root_is_told_with_its_command(studio: StudioFolder) -> None:
    studio.write({"remote_site": "nas"}, {"nas": {"provider": "local_drive", "root": "/mnt/nas"}})
    problem = at(studio.problems(), STUDIO_KEY)
    assert problem.sentence.startswith("Site studio has no folder on this machine (")
    assert problem.remedy.endswith("--root studio:=PATH")


def test_a_root_name_with_a_space_is_quoted_in_the_command(studio: StudioFolder) -> None:
    root = {"my work": "/mnt/nas"}
    studio.write({"remote_site": "nas"}, {"nas": {"provider": "local_drive", "root": root}})
    assert "--root 'studio:my work=PATH'" in at(studio.problems(), STUDIO_KEY).remedy


def test_roots_of_the_document_are_missed_on_the_remote_site_too(studio: StudioFolder) -> None:
    studio.write({"remote_site": "nas"}, {"nas": NAS})
    document = roots_document(work={"linux": "/w"}, pub={"linux": "/p"})
    problem = at(studio.problems(document), "sync_server.sites.nas.root")
    assert "Site nas has no folder on this machine for root pub" in problem.sentence
    project = studio.project(document)
    assert project.sites["nas"].roots == {"work": "/mnt/nas/w"}
    assert project.idle_reason == ""


def test_root_names_of_a_site_that_can_not_be_used_still_count(studio: StudioFolder) -> None:
    far = {"provider": "sftp", "root": {"work": "/far"}}
    studio.write({"remote_site": "far"}, {"far": far})
    assert "for root work" in at(studio.problems(), STUDIO_KEY).sentence


@pytest.mark.parametrize(
    "config", [{}, {"remote_site": ""}, {"remote_site": "studio"}, {"remote_site": "nas", "retry_cnt": 0}]
)
def test_folders_are_missed_only_where_a_pair_works(config: dict[str, object], studio: StudioFolder) -> None:
    studio.write(config, {"nas": NAS})
    assert not [problem for problem in studio.problems() if problem.key == STUDIO_KEY]


def test_the_own_site_needs_no_folder_when_it_is_not_in_the_pair(studio: StudioFolder) -> None:
    studio.write({"remote_site": "nas"}, {"nas": NAS, "studio": {"root": {"work": "/w"}}})
    assert studio.problems() == ()
    assert studio.project().idle_reason == ""


def test_one_string_serves_the_single_root_and_the_only_name_in_use(studio: StudioFolder) -> None:
    root = {"linux": "/s", "windows": "S:/"}
    studio.write({"remote_site": "nas"}, {"nas": NAS, "studio": {"root": root}})
    site = studio.project().sites["studio"]
    assert site.roots == {"": "/s", "work": "/s"}
    assert site.other_roots == {"": ("S:/",), "work": ("S:/",)}
    assert studio.problems() == ()


def test_one_string_wins_over_the_only_name_of_the_document(studio: StudioFolder) -> None:
    studio.write({"remote_site": "nas"}, {"nas": NAS, "studio": {"root": "/s"}})
    site = studio.project(roots_document(work={"linux": "/doc"})).sites["studio"]
    assert site.roots == {"": "/s", "work": "/s"}
    assert "/doc" in site.other_roots["work"]


@pytest.mark.parametrize("name", ["studio", "nas"])
def test_one_string_for_two_roots_is_an_error_since_files_would_collide(
    name: str, studio: StudioFolder
) -> None:
    document = roots_document(work={"linux": "/w"}, pub={"linux": "/p"})
    one = {"provider": "local_drive", "root": "/one"}
    studio.write({"remote_site": "nas"}, {"nas": {**NAS, "root": {"work": "/a", "pub": "/b"}}, name: one})
    problem = at(studio.problems(document), f"sync_server.sites.{name}.root")
    assert problem.fatal
    assert "collide" in problem.sentence
    assert f"--root {name}:pub=PATH" in problem.remedy
    project = studio.project(document)
    assert project.idle_reason == problem.sentence
    assert name == "studio" or name not in project.sites
    assert project.sites["studio"].roots == ({} if name == "studio" else {"work": "/w", "pub": "/p"})


def test_a_path_of_another_platform_is_no_folder_here_but_known(studio: StudioFolder) -> None:
    studio.write({"remote_site": "nas"}, {"nas": NAS, "studio": {"root": {"work": "P:/projects"}}})
    problem = at(studio.problems(), STUDIO_KEY)
    assert '"P:/projects" is no absolute path on linux' in problem.found
    assert studio.project().sites["studio"].other_roots == {"work": ("P:/projects",)}
    assert studio.project(platform="windows").sites["studio"].roots == {"work": "P:/projects"}


@pytest.mark.parametrize(
    ("platform", "path", "fits"),
    [
        ("linux", "/p", True),
        ("linux", "p", False),
        ("linux", "P:/p", False),
        ("windows", "P:/p", True),
        ("windows", "//server/share/p", True),
        ("windows", "P:p", False),
        ("windows", "/p", False),
        ("darwin", "/Volumes/p", True),
    ],
)
def test_a_folder_has_to_be_absolute(platform: str, path: str, fits: bool, studio: StudioFolder) -> None:
    studio.write({}, {"studio": {"root": path}})
    assert bool(studio.project(platform=platform).sites["studio"].roots) == fits


def test_a_relative_path_of_the_user_is_told_and_no_other_taken_in_its_place(studio: StudioFolder) -> None:
    studio.write({}, {"studio": {"root": {"work": "/settings"}}})
    studio.user({"roots": {"studio": {"work": "mine"}}})
    problem = at(studio.problems(), "roots.studio.work")
    assert problem.file == str(studio.places.user_file)
    assert studio.project().sites["studio"].roots == {}


def test_a_root_of_a_remote_provider_need_not_be_absolute(studio: StudioFolder) -> None:
    studio.write({}, {"g": {"provider": "gdrive", "credentials_url": "/c", "root": "My Drive/a"}})
    assert studio.project().sites["g"].roots == {"": "My Drive/a"}


@pytest.mark.parametrize("root", ["", "  ", {}, {"work": ""}, {"linux": ""}, {"windows": "W:/"}])
def test_an_empty_root_counts_as_not_set(root: object, studio: StudioFolder) -> None:
    studio.write({}, {"studio": {"root": root}})
    assert studio.project().sites["studio"].roots == {}
    assert studio.problems() == ()


@pytest.mark.parametrize(
    ("root", "key"),
    [
        (3, ""),
        (["/a"], ""),
        (None, ""),
        ({"work": 3}, ".work"),
        ({"work": {"name": "/a"}}, ".work"),
        ({"linux": {"work": "/a"}}, ".linux"),
        ({"work": "/a\u0000b"}, ".work"),
    ],
)
def test_a_root_of_the_wrong_shape_is_a_problem_of_its_site(
    root: object, key: str, studio: StudioFolder
) -> None:
    studio.write({}, {"nas": {"provider": "local_drive", "root": root}})
    at(studio.problems(), f"sync_server.sites.nas.root{key}")
    project = studio.project()
    assert project.enabled
    assert "nas" not in project.sites


@pytest.mark.parametrize("roots", [None, 3, [], {"work": 3}, {"work": {"linux": {}}}, {"work": [1]}])
def test_an_odd_project_document_stops_nothing(roots: object, studio: StudioFolder) -> None:
    studio.write({}, {"studio": {"root": "/s"}})
    for document in ({"config": {"roots": roots}}, {"config": roots}, {}):
        assert studio.problems(document) == ()


def test_a_document_with_one_string_serves_the_single_root(studio: StudioFolder) -> None:
    studio.write()
    for roots in ("/p", {"linux": "/p", "windows": "P:/"}):
        assert studio.project({"config": {"roots": roots}}).sites["studio"].roots == {"": "/p"}
