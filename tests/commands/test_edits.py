"""`retry`, `download`, `pause`, `resume`, `add-site`: what they change, and what they leave alone."""

from __future__ import annotations

from bson import ObjectId

from tests.commands.program import PublishingStudio
from tests.engine.studio import PROJECT, PUBLISHED, eventually

UNKNOWN = "0123456789abcdef01234567"


def fail(studio: PublishingStudio, name: str) -> None:
    """Let a published file fail once, for a cause that is gone afterwards."""
    (studio.root("backup") / name).mkdir()
    assert studio.run("sync", "--once").code == 1
    (studio.root("backup") / name).rmdir()


# -- retry -------------------------------------------------------------------------------------------


def test_retry_failed_clears_every_failure_and_counts_files(studio: PublishingStudio) -> None:
    studio.published("a.exr", "b.exr", "c.exr")
    fail(studio, "b.exr")
    done = studio.run("retry", "--failed")
    assert (done.code, done.out) == (0, "1 file will be tried again.\n")
    assert studio.counts() == {"synced": 2, "queued": 1}
    assert studio.run("sync", "--once").code == 0
    assert studio.tree("backup") == studio.tree("studio")
    assert studio.run("retry", "--failed").out == "0 files will be tried again.\n"


def test_retry_takes_ids_and_paths_of_files(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr")
    for name in (identifier, "{root[work]}/a.exr", str(studio.root("studio") / "a.exr")):
        fail(studio, "a.exr")
        assert "error" in studio.entry(identifier)
        assert studio.run("retry", name).out == "1 file will be tried again.\n"
        assert set(studio.entry(identifier)) == {"name"}


def test_retry_wakes_a_running_loop(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr")
    fail(studio, "a.exr")
    with studio.syncing():
        assert studio.run("retry", identifier).code == 0
        eventually(lambda: studio.is_synced(identifier))


def test_an_unknown_id_is_named_and_nothing_is_changed(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr")
    fail(studio, "a.exr")
    before = studio.document(identifier)
    done = studio.run("retry", identifier, UNKNOWN)
    assert done.code == 2
    assert UNKNOWN in done.err
    assert studio.document(identifier) == before


def test_which_files_must_be_said_in_one_way(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr")
    assert studio.run("retry").code == 2
    assert studio.run("retry", identifier, "--failed").code == 2
    assert studio.run("download").code == 2
    assert studio.run("add-site", "backup", identifier, "--all").code == 2


def test_all_of_several_projects_needs_the_name_of_one(studio: PublishingStudio) -> None:
    studio.publish(["a.exr"])
    other = studio.publish(["b.exr"], project="Other")
    done = studio.run("pause", "--all")
    assert done.code == 2
    assert "Other" in done.err
    assert studio.run("pause", "--all", "--project", "Other").out == "1 file paused, for everyone.\n"
    assert studio.run("resume", other).out == "1 file not paused any more.\n"


# -- pause, resume -----------------------------------------------------------------------------------


def test_paused_files_stay_while_others_move_and_go_on_after_resume(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr", "b.exr")
    (other,) = studio.published("c.exr", subset="other")
    assert studio.run("pause", identifier).out == "2 files paused, for everyone.\n"
    assert studio.entry(identifier)["paused"] is True
    assert studio.entry(identifier)["paused_by"] == studio.app.user
    assert studio.run("sync", "--once").code == 0
    assert studio.is_synced(other)
    assert studio.counts() == {"synced": 1, "paused": 2}
    assert studio.run("resume", identifier).out == "2 files not paused any more.\n"
    assert studio.run("sync", "--once").code == 0
    assert studio.tree("backup") == studio.tree("studio")


def test_one_file_of_many_is_paused_by_its_path(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr", "b.exr")
    assert studio.run("pause", "{root[work]}/b.exr").out == "1 file paused, for everyone.\n"
    assert "paused" not in studio.entry(identifier, position=0)
    assert studio.entry(identifier, position=1)["paused"] is True


def test_what_is_there_already_is_not_paused(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr")
    assert studio.run("sync", "--once").code == 0
    assert studio.run("pause", identifier).out == "0 files paused, for everyone.\n"


def test_a_time_for_the_pause_of_files_is_wrong_usage(studio: PublishingStudio) -> None:
    (identifier,) = studio.published("a.exr")
    assert studio.run("pause", identifier, "--for", "5").code == 2
    assert studio.run("pause", "--project", PROJECT).code == 2


# -- download ----------------------------------------------------------------------------------------


def test_download_brings_what_only_others_have_ahead_of_the_rest(studio: PublishingStudio) -> None:
    studio.write("a.exr", site="backup")
    file = studio.file("a.exr", len(b"pixels"))
    file["sites"] = [{"name": "backup", "created_dt": PUBLISHED}]
    identifier = studio.insert({"files": [file]})
    assert studio.report()["available"] == 1
    assert studio.run("download", identifier).out == "1 file will be downloaded.\n"
    assert studio.entry(identifier, "studio") == {"name": "studio", "priority": 90}
    assert studio.run("sync", "--once").code == 0
    assert (studio.root("studio") / "a.exr").read_bytes() == b"pixels"


def test_download_puts_an_old_wish_ahead_and_leaves_what_is_here(studio: PublishingStudio) -> None:
    wished = studio.publish(["a.exr"], present="backup", wanted="studio")
    here = studio.publish(["b.exr"])
    before = studio.document(here)
    assert studio.run("download", "--all").out == "1 file will be downloaded.\n"
    assert studio.entry(wished, "studio")["priority"] == 90
    assert studio.document(here) == before


# -- add-site ----------------------------------------------------------------------------------------


def test_add_site_all_syncs_what_was_published_before(studio: PublishingStudio) -> None:
    named = studio.file("named.exr", 6)
    named["sites"] = ["studio"]
    bare = studio.file("bare.exr", 6)
    del bare["sites"]
    differs = studio.file("differs.exr", 7)
    del differs["sites"]
    for name in ("named.exr", "bare.exr", "differs.exr"):
        studio.write(name)
    listed = studio.insert({"files": [named]})
    without = studio.insert({"files": [bare, differs]})
    done = studio.run("add-site", "backup", "--all")
    assert (done.code, done.out) == (0, "2 files asked for on backup.\n")
    assert "1 file" in done.err
    identifier = studio.document(listed)["_id"]
    assert isinstance(identifier, ObjectId)
    entry = studio.entry(listed, "studio")
    assert str(entry["created_dt"]).startswith(f"{identifier.generation_time:%Y-%m-%d %H:%M:%S}")
    assert studio.is_synced(without, "studio")
    assert studio.run("sync", "--once").code == 0
    assert set(studio.tree("backup")) == {"named.exr", "bare.exr"}
    files = studio.document(without)["files"]
    assert isinstance(files, list)
    assert "sites" not in files[1]


def test_add_site_again_changes_nothing(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    assert studio.run("add-site", "backup", "--all").out == "0 files asked for on backup.\n"


def test_a_site_that_the_project_has_not_is_wrong_usage(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    done = studio.run("add-site", "bakcup", "--all")
    assert done.code == 2
    assert "backup" in done.err
