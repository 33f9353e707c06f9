"""What a publish writes, in the form in which integrators write it, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bson import ObjectId

from syncgui.model.representation import Document
from syncgui.published_files import PublishRefusedError, find_files
from syncgui.publishing import Product, Publisher, create_project
from syncgui.settings import ProjectSettings
from tests.engine.studio import PROJECT, Studio

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    found = Studio(tmp_path)
    yield found
    found.close()


def publisher(studio: Studio, settings: ProjectSettings | None = None) -> Publisher:
    """A publisher of a fixed user at a fixed time."""
    return Publisher(studio.app.store, settings or studio.app.project(PROJECT), "mira", lambda: NOW)


def publish(
    studio: Studio, *paths: Path, product: Product | None = None, each: bool = False
) -> list[Document]:
    """Publish, and give the representations as they lie in the store."""
    ids = publisher(studio).publish(paths, product or Product("sh010", "renderMain"), each=each)
    return studio.app.store.read(PROJECT, ids)


def context(document: Document) -> Mapping[str, object]:
    """A representation's context."""
    found = document["context"]
    assert isinstance(found, Mapping)
    return found


def files(document: Document) -> list[dict[str, object]]:
    """A representation's files."""
    found = document["files"]
    assert isinstance(found, list)
    return found


# -- documents ---------------------------------------------------------------------------------------


def test_a_representation_has_the_current_form(studio: Studio) -> None:
    path = studio.write("shots/a.1001.exr", b"12345")
    product = Product("sh010", "renderMain", hierarchy="shots/sq01")
    (document,) = publish(studio, path, product=product)
    version = document["parent"]
    assert isinstance(version, ObjectId)
    assert document["schema"] == "openpype:representation-2.0"
    assert document["type"] == "representation"
    assert document["name"] == "exr"
    assert document["data"] == {"path": str(path), "template": "{root[work]}/shots/a.1001.exr"}
    assert context(document) == {
        "root": {"work": str(studio.root("studio"))},
        "project": {"name": PROJECT, "code": PROJECT},
        "asset": "sh010",
        "subset": "renderMain",
        "version": 1,
        "representation": "exr",
        "family": "render",
        "hierarchy": "shots/sq01",
        "username": "mira",
    }
    (file,) = files(document)
    assert isinstance(file.pop("_id"), ObjectId)
    mtime = str(path.stat().st_mtime).replace(".", ",")
    assert file == {
        "path": "{root[work]}/shots/a.1001.exr",
        "size": 5,
        "hash": f"a,1001,exr|{mtime}|5",
        "sites": [{"name": "studio", "created_dt": NOW}, {"name": "backup"}],
    }


def test_the_documents_above_it_lead_from_the_project_to_the_version(studio: Studio) -> None:
    (document,) = publish(studio, studio.write("a.exr"))
    store = studio.app.store
    project = store.project_document(PROJECT)
    assert project is not None
    assert project["name"] == PROJECT
    (asset,) = store.children(PROJECT, "asset", str(project["_id"]))
    (subset,) = store.children(PROJECT, "subset", str(asset["_id"]))
    (version,) = store.children(PROJECT, "version", str(subset["_id"]))
    assert (asset["name"], subset["name"], version["name"]) == ("sh010", "renderMain", 1)
    assert document["parent"] == version["_id"]


def test_what_is_there_is_found_and_not_made_again(studio: Studio) -> None:
    path = studio.write("a.exr")
    project: Document = {"_id": ObjectId(), "type": "project", "name": PROJECT, "data": {"code": "tst"}}
    studio.app.store.insert(PROJECT, [project])
    publish(studio, path)
    (second,) = publish(studio, path)
    store = studio.app.store
    (asset,) = store.children(PROJECT, "asset", str(project["_id"]))
    (subset,) = store.children(PROJECT, "subset", str(asset["_id"]))
    assert {one["name"] for one in store.children(PROJECT, "version", str(subset["_id"]))} == {1, 2}
    assert context(second)["version"] == 2
    assert context(second)["project"] == {"name": PROJECT, "code": "tst"}


def test_a_version_gets_a_second_representation(studio: Studio) -> None:
    publish(studio, studio.write("a.exr"))
    (second,) = publish(studio, studio.write("a.abc"), product=Product("sh010", "renderMain", 1))
    assert (second["name"], context(second)["version"]) == ("abc", 1)


def test_the_same_version_and_representation_again_is_refused_and_nothing_written(studio: Studio) -> None:
    publish(studio, studio.write("a.exr"))
    head = studio.app.store.head()
    new, old = studio.write("a.abc"), studio.write("b.exr")
    with pytest.raises(PublishRefusedError, match="exr already"):
        publish(studio, old, product=Product("sh010", "renderMain", 1))
    with pytest.raises(PublishRefusedError):
        publish(studio, new, old, product=Product("sh010", "renderMain", 1, "exr"))
    assert studio.app.store.head() == head


def test_files_without_bytes_have_no_size(studio: Studio) -> None:
    (document,) = publish(studio, studio.write("empty.exr", b""))
    assert "size" not in files(document)[0]


def test_without_extension_and_with_several_the_representation_is_named_or_asked_for(studio: Studio) -> None:
    (document,) = publish(studio, studio.write("Makefile"))
    assert document["name"] == "file"
    mixed = [studio.write("a.exr"), studio.write("a.abc")]
    with pytest.raises(PublishRefusedError) as refusal:
        publish(studio, *mixed)
    assert "--representation" in refusal.value.next_step
    (document,) = publish(studio, *mixed, product=Product("sh010", "renderMain", None, "all"))
    assert document["name"] == "all"
    assert len(files(document)) == 2


def test_one_for_each_file_is_numbered_where_a_name_repeats(studio: Studio) -> None:
    names = ["a/tex.exr", "b/tex.exr", "c/tex_2.exr", "d/tex.abc"]
    documents = publish(studio, *[studio.write(name) for name in names], each=True)
    assert [context(one)["subset"] for one in documents] == [
        "renderMain_tex",
        "renderMain_tex_2",
        "renderMain_tex_2_2",
        "renderMain_tex_3",
    ]
    assert [one["name"] for one in documents] == ["exr", "exr", "exr", "abc"]
    again = publish(studio, *[studio.write(name) for name in names[:2]], each=True)
    assert [context(one)["version"] for one in again] == [2, 2]


def test_a_file_named_twice_is_published_once(studio: Studio) -> None:
    path = studio.write("a/b.exr")
    (document,) = publish(studio, path, path.parent / ".." / "a" / "b.exr")
    assert len(files(document)) == 1


def test_skeletons_are_made_for_the_sites_that_ask_and_never_for_the_same_storage(studio: Studio) -> None:
    own = replace(
        studio.app.project(PROJECT),
        always_accessible_on=("studio", "archive", "mirror", "backup"),
        alternative_sites={"studio": frozenset({"mirror"})},
    )
    names = _sites(studio, own)
    assert names == [("studio", True), ("mirror", True), ("backup", False), ("archive", False)]
    for remote in (None, "studio"):
        alone = replace(own, remote_site=remote, always_accessible_on=(), alternative_sites={})
        assert _sites(studio, alone) == [("studio", True)]


def _sites(studio: Studio, settings: ProjectSettings) -> list[tuple[str, bool]]:
    ids = publisher(studio, settings).publish([studio.write("a.exr")], Product("sh010", "renderMain"))
    sites = files(studio.document(ids[0]))[0]["sites"]
    assert isinstance(sites, list)
    return [(one["name"], "created_dt" in one) for one in sites]


def test_whether_a_product_is_recorded_can_be_asked(studio: Studio) -> None:
    product = Product("sh010", "renderMain", 1, "exr")
    assert not publisher(studio).has(product)
    publish(studio, studio.write("a.exr"), product=product)
    assert publisher(studio).has(product)
    for other in (
        replace(product, version=2),
        replace(product, subset="x"),
        replace(product, representation="y"),
    ):
        assert not publisher(studio).has(other)


def test_a_thousand_subsets_are_published_in_one_go(studio: Studio) -> None:
    paths = [studio.write(f"tex.{number:04}.exr") for number in range(1000)]
    documents = publish(studio, *paths, each=True)
    assert len({one["parent"] for one in documents}) == 1000
    assert len({context(one)["subset"] for one in documents}) == 1000


# -- files -------------------------------------------------------------------------------------------


def test_the_longest_root_that_holds_a_file_names_it(tmp_path: Path) -> None:
    roots = {"work": str(tmp_path / "p"), "deep": str(tmp_path / "p" / "deep"), "": str(tmp_path / "p")}
    for name in ("p/a.exr", "p/deep/b.exr"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_files([tmp_path / "p/a.exr", tmp_path / "p/deep/b.exr"], roots, site="studio")
    assert [one.template for one in found] == ["{root[work]}/a.exr", "{root[deep]}/b.exr"]
    (single,) = find_files([tmp_path / "p/a.exr"], {"": str(tmp_path / "p")}, site="studio")
    assert single.template == "{root}/a.exr"


def test_a_folder_that_only_begins_like_the_root_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "projects-old").mkdir()
    path = tmp_path / "projects-old" / "a.exr"
    path.touch()
    with pytest.raises(PublishRefusedError, match="under no root"):
        find_files([path], {"work": str(tmp_path / "projects")}, site="studio")


def test_a_file_behind_an_allowed_link_is_published_where_it_was_named(tmp_path: Path) -> None:
    root, storage = tmp_path / "root", tmp_path / "storage"
    for folder in (root, storage / "shows", tmp_path / "outside"):
        folder.mkdir(parents=True)
        (folder / "a.exr").write_bytes(b"12345")
    (root / "linked").symlink_to(storage)
    (root / "out").symlink_to(tmp_path / "outside")
    (storage / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "mount").symlink_to(root)
    roots, links = {"work": str(root)}, [str(storage)]
    for named in (root, tmp_path / "mount"):
        roots = {"work": str(named)}
        (found,) = find_files([named / "linked/shows/a.exr"], roots, site="studio", links=links)
        assert (found.template, found.size_bytes) == ("{root[work]}/linked/shows/a.exr", 5)
    for path in ("out/a.exr", "linked/out/a.exr", "linked/../../outside/a.exr"):
        with pytest.raises(PublishRefusedError):
            find_files([root / path], {"work": str(root)}, site="studio", links=links)
    with pytest.raises(PublishRefusedError, match="lies under no root"):
        find_files([root / "linked/shows/a.exr"], {"work": str(root)}, site="studio")


def test_links_above_a_file_lead_to_where_it_really_lies(tmp_path: Path) -> None:
    real, outside = tmp_path / "real", tmp_path / "outside"
    for folder in (real / "shots", outside):
        folder.mkdir(parents=True)
        (folder / "a.exr").touch()
    (tmp_path / "mount").symlink_to(real)
    (real / "elsewhere").symlink_to(outside)
    (real / "short").symlink_to(real / "shots")
    roots = {"work": str(tmp_path / "mount")}
    for path in (real / "shots/a.exr", tmp_path / "mount/shots/a.exr", real / "short/a.exr"):
        assert find_files([path], roots, site="studio")[0].template == "{root[work]}/shots/a.exr"
    with pytest.raises(PublishRefusedError, match="under no root"):
        find_files([real / "elsewhere" / "a.exr"], roots, site="studio")


def test_dots_in_a_path_do_not_lead_out_of_the_root(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "a.exr").touch()
    with pytest.raises(PublishRefusedError, match="under no root"):
        find_files([tmp_path / "root" / ".." / "a.exr"], {"work": str(tmp_path / "root")}, site="studio")


def test_what_is_no_ordinary_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.exr").touch()
    (tmp_path / "link.exr").symlink_to(tmp_path / "file.exr")
    for name in ("folder", "link.exr", "missing.exr"):
        with pytest.raises(PublishRefusedError, match=name):
            find_files([tmp_path / name], {"work": str(tmp_path)}, site="studio")


@pytest.mark.parametrize("name", ["back\\slash.exr", "bytes\udcff.exr", "c:"])
def test_a_name_that_a_record_can_not_hold_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(PublishRefusedError) as refusal:
        find_files([tmp_path / name], {"work": str(tmp_path)}, site="studio")
    assert refusal.value.next_step == "Rename it."


def test_no_file_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishRefusedError, match="no file"):
        find_files([], {"work": str(tmp_path)}, site="studio")


# -- a project without publishes ---------------------------------------------------------------------


def test_a_project_that_is_made_is_listed_before_anything_is_published(studio: Studio) -> None:
    assert create_project(studio.app.store, PROJECT)
    assert studio.app.store.projects() == [PROJECT]
    assert PROJECT in studio.app.projects()


def test_a_publish_goes_into_the_project_that_was_made(studio: Studio) -> None:
    create_project(studio.app.store, PROJECT)
    made = studio.app.store.project_document(PROJECT)
    publish(studio, studio.write("a.exr"))
    assert studio.app.store.project_document(PROJECT) == made
    assert made is not None
    assert [one["parent"] for one in studio.app.store.children(PROJECT, "asset", str(made["_id"]))]


def test_a_project_that_is_there_is_left_as_it_is(studio: Studio) -> None:
    publish(studio, studio.write("a.exr"))
    made = studio.app.store.project_document(PROJECT)
    assert not create_project(studio.app.store, PROJECT)
    assert studio.app.store.project_document(PROJECT) == made
