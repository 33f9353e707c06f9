"""`publish` from the outside: what it prints, what it refuses; the documents are `test_publishing`'s."""

from __future__ import annotations

from pathlib import Path

from tests.commands.program import PublishingStudio
from tests.engine.studio import PROJECT

WHAT = ("--project", PROJECT, "--asset", "sh010", "--subset", "renderMain")


def test_the_ids_are_printed_one_per_line_and_the_files_are_synced(studio: PublishingStudio) -> None:
    ids = studio.published("sh010/a 1.exr", "sh010/ä.exr", each=True)
    assert len(ids) == 2
    assert studio.run("sync", "--once").code == 0
    assert studio.tree("backup") == studio.tree("studio")
    assert all(studio.is_synced(one) for one in ids)


def test_json_is_the_ids_and_nothing_else(studio: PublishingStudio) -> None:
    done = studio.run("publish", studio.write("a.exr"), *WHAT, "--json")
    assert list(done.json) == ["representations"]
    ids = done.json["representations"]
    assert isinstance(ids, list)
    assert [studio.document(one)["name"] for one in ids] == ["exr"]


def test_paths_come_from_a_list_and_from_standard_input(studio: PublishingStudio, tmp_path: Path) -> None:
    paths = [str(studio.write(name)) for name in ("a.exr", "b b.exr")]
    listing = tmp_path / "list.txt"
    listing.write_text("\n".join(paths) + "\n")
    assert studio.run("publish", "--list", listing, *WHAT).code == 0
    assert studio.run("publish", "--list", "-", *WHAT, "--version", "7", stdin=f"{paths[0]}\r\n").code == 0
    assert studio.counts() == {"queued": 3}


def test_a_file_that_is_missing_publishes_nothing(studio: PublishingStudio) -> None:
    there = studio.write("a.exr")
    done = studio.run("publish", there, studio.root("studio") / "missing.exr", *WHAT)
    assert done.code == 2
    assert "missing.exr" in done.err
    assert done.out == ""
    assert studio.app.store.projects() == []


def test_what_exists_already_is_refused_and_nothing_is_written(studio: PublishingStudio) -> None:
    path = studio.write("a.exr")
    assert studio.run("publish", path, *WHAT, "--version", "3").code == 0
    head = studio.app.store.head()
    done = studio.run("publish", path, *WHAT, "--version", "3")
    assert done.code == 2
    assert "exr" in done.err
    assert studio.app.store.head() == head


def test_a_list_that_can_not_be_read_is_wrong_usage(studio: PublishingStudio) -> None:
    assert studio.run("publish", "--list", "nowhere.txt", *WHAT).code == 2


def test_a_studio_site_without_folder_is_refused_with_the_command_that_sets_it(
    studio: PublishingStudio, tmp_path: Path
) -> None:
    done = studio.program.run(
        *("publish", studio.write("a.exr"), *WHAT, "--home", tmp_path / "new"), bare=True
    )
    assert done.code == 2
    assert "sites set --root studio:" in done.err


def test_the_first_publish_makes_the_database(studio: PublishingStudio, tmp_path: Path) -> None:
    options = ("--home", tmp_path / "new", "--settings", studio.settings_dir)
    done = studio.program.run("publish", studio.write("a.exr"), *WHAT, *options, bare=True)
    assert done.code == 0, done.err
    assert (tmp_path / "new" / "syncgui.sqlite").is_file()
