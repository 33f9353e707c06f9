"""`sites`: what is shown, what is kept, and what is refused."""

from __future__ import annotations

from tests.commands.program import Ended, PublishingStudio


def shown(done: Ended) -> dict[str, object]:
    """The only project of `sites show --json`."""
    projects = done.json["projects"]
    assert isinstance(projects, list)
    (project,) = projects
    assert isinstance(project, dict)
    return project


def states(project: dict[str, object]) -> dict[str, dict[str, str]]:
    """Site to root name to state."""
    sites = project["sites"]
    assert isinstance(sites, list)
    return {one["name"]: {root["name"]: root["state"] for root in one["roots"]} for one in sites}


def test_every_site_is_shown_with_its_folders_and_their_state(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    studio.root("backup").rename(studio.folder / "away")
    project = shown(studio.run("sites", "show", "--json"))
    assert (project["active_site"], project["remote_site"]) == ("studio", "backup")
    found = states(project)
    assert found["studio"] == {"work": "connected"}
    assert "not connected" in found["backup"]["work"]
    assert project["local_id"] in found
    text = studio.run("sites", "show").out
    assert "exchanges with backup" in text


def test_sites_are_shown_before_anything_is_published(studio: PublishingStudio) -> None:
    studio.close()
    (studio.folder / "db.sqlite").unlink(missing_ok=True)
    assert states(shown(studio.run("sites", "show", "--json")))["backup"] == {"work": "connected"}


def test_set_changes_the_pair_and_says_so(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    folder = studio.folder / "mine"
    folder.mkdir()
    done = studio.run(
        *("sites", "set", "--local-id", "laptop", "--publish-site", "laptop"),
        *("--remote-site", "studio", "--root", f"work={folder}"),
    )
    assert done.code == 0, done.err
    assert "works on laptop and exchanges with studio" in done.out
    project = shown(studio.run("sites", "show", "--json"))
    assert (project["active_site"], project["remote_site"]) == ("laptop", "studio")
    assert states(project)["laptop"] == {"work": "connected"}


def test_what_is_set_for_one_project_holds_for_no_other(studio: PublishingStudio) -> None:
    studio.publish(["a.exr"])
    studio.publish(["b.exr"], project="Other")
    assert studio.run("sites", "set", "--remote-site", "", "--project", "Other").code == 0
    projects = studio.run("sites", "show", "--json").json["projects"]
    assert isinstance(projects, list)
    assert {one["project"]: one["remote_site"] for one in projects} == {"Other": "", "Test": "backup"}


def test_the_single_root_of_a_site_is_set_without_a_name(studio: PublishingStudio) -> None:
    folder = studio.folder / "single"
    folder.mkdir()
    assert studio.run("sites", "set", "--root", f"studio:={folder}").code == 0
    roots = states(shown(studio.run("sites", "show", "--json")))["studio"]
    assert roots[""] == "connected"


def test_an_unknown_site_is_refused_and_nothing_is_kept(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    for option in (("--publish-site", "sutdio"), ("--remote-site", "bakcup"), ("--root", "bakcup:work=/x")):
        done = studio.run("sites", "set", *option)
        assert done.code == 2
        assert "nothing was changed" in done.err
    project = shown(studio.run("sites", "show", "--json"))
    assert (project["active_site"], project["remote_site"]) == ("studio", "backup")


def test_what_can_not_be_a_value_is_refused(studio: PublishingStudio) -> None:
    for option in (("--root", "work"), ("--root", "work=relative/folder"), ("--local-id", "studio"), ()):
        assert studio.run("sites", "set", *option).code == 2


def test_test_says_what_it_found(studio: PublishingStudio) -> None:
    done = studio.run("sites", "test", "backup")
    assert done.code == 0
    assert str(studio.root("backup")) in done.out
    studio.root("backup").rename(studio.folder / "away")
    assert studio.run("sites", "test", "backup").code == 2
    assert studio.run("sites", "test", "bakcup").code == 2


def test_a_person_confirms_a_folder_that_looks_like_another_one(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    assert studio.run("sync", "--once").code == 0
    studio.root("backup").rename(studio.folder / "away")
    studio.root("backup").mkdir()
    studio.published("b.exr", subset="other")
    done = studio.run("sync", "--once")
    assert done.code == 1
    assert "sites confirm backup" in done.err
    assert studio.tree("backup") == {}
    assert studio.run("sites", "confirm", "backup").code == 0
    assert studio.run("sync", "--once").code == 0
    assert set(studio.tree("backup")) == {"b.exr"}
