"""What goes wrong: each file's and each site's own trouble, and nothing else stops."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from syncgui.engine.events import Idle
from syncgui.model.errors import recognise
from syncgui.providers.file_operations import FolderHandle
from syncgui.state import RootMemory
from tests.engine.files import Held, Interrupted
from tests.engine.studio import PROJECT, Studio, change_settings, eventually


def tries(studio: Studio, representation: str, position: int = 0) -> object:
    """Tries of the wish, None if there are none."""
    return studio.entry(representation, position=position).get("tries")


def code(studio: Studio, representation: str, position: int = 0) -> str:
    """The code of the recorded error."""
    error = recognise(str(studio.entry(representation, position=position)["error"]))
    assert error is not None
    return error.code


# -- the file itself ---------------------------------------------------------------------------------


def test_a_vanished_source_costs_its_file_a_try(studio: Studio) -> None:
    studio.publish(["other.exr"])
    one = studio.publish(["gone.exr", "there.exr"])
    (studio.root("studio") / "gone.exr").unlink()
    studio.sync_once()
    assert (tries(studio, one), code(studio, one)) == (1, "source_missing")
    assert studio.is_synced(one, position=1)


def test_a_folder_as_source_costs_a_try(studio: Studio) -> None:
    (studio.root("studio") / "a.exr").mkdir()
    one = studio.publish([studio.file("a.exr", 4)])
    studio.sync_once()
    assert (tries(studio, one), code(studio, one)) == (1, "source_not_a_file")


@pytest.mark.parametrize(
    "path",
    [
        "{root[work]}/../escape.exr",
        "{root[work]}\\..\\..\\escape.exr",
        "/etc/passwd",
        "{root[work]}/C:/escape.exr",
        "{root[work]}/esc\0ape.exr",
        "{root[work].__class__}/escape.exr",
        "{root[work]!r}/escape.exr",
        "relative.exr",
        "",
    ],
)
def test_a_path_that_leaves_its_root_is_refused(studio: Studio, path: str) -> None:
    before = sorted(studio.folder.rglob("*escape*"))
    record = studio.file("a.exr", 4)
    record["path"] = path
    one = studio.publish([record, "fine.exr"])
    studio.sync_once()
    assert (tries(studio, one), code(studio, one)) == (1, "path_refused")
    assert studio.is_synced(one, position=1)
    assert studio.tree("backup") == {"fine.exr": b"fine.exr"}
    assert sorted(studio.folder.rglob("*escape*")) == before


@pytest.mark.parametrize("site", ["studio", "backup"])
def test_a_link_on_the_way_is_not_followed(studio: Studio, site: str) -> None:
    outside = studio.folder / "outside"
    outside.mkdir()
    (outside / "a.exr").write_bytes(b"secret")
    studio.write("show/a.exr", b"pixels")
    if site == "studio":
        shutil.rmtree(studio.root("studio") / "show")
    (studio.root(site) / "show").symlink_to(outside)
    one = studio.publish([studio.file("show/a.exr", 6)])
    studio.sync_once()
    assert (tries(studio, one), code(studio, one)) == (1, "link_refused")
    assert (outside / "a.exr").read_bytes() == b"secret"
    assert list(outside.iterdir()) == [outside / "a.exr"]


def test_a_size_that_differs_waits_for_a_person_without_a_try(studio: Studio) -> None:
    studio.write("a.exr", b"longer than recorded")
    one = studio.publish([studio.file("a.exr", 4), "b.exr"])
    studio.sync_once()
    assert (tries(studio, one), code(studio, one)) == (None, "size_differs")
    assert "20 bytes" in str(studio.entry(one)["error"])
    assert studio.is_synced(one, position=1)
    assert "a.exr" not in studio.tree("backup")


def test_a_source_without_recorded_size_that_stands_still_is_taken(studio: Studio) -> None:
    studio.write("a.exr", b"pixels")
    one = studio.publish([studio.file("a.exr", None)])
    studio.sync_once()
    assert studio.is_synced(one)


def test_a_source_that_is_still_written_waits_without_a_try(studio: Studio) -> None:
    path = studio.write("a.exr", b"first half")
    one = studio.publish([studio.file("a.exr", 20)])
    stop = threading.Event()

    def render() -> None:
        while not stop.wait(0.05):
            with path.open("ab") as file:
                file.write(b".")

    renderer = threading.Thread(target=render, name="test-renderer")
    renderer.start()
    try:
        studio.sync_once()
    finally:
        stop.set()
        renderer.join()
    assert (tries(studio, one), code(studio, one)) == (None, "source_unstable")
    row = studio.app.index.find(PROJECT, one)
    assert row is not None
    assert row.error == "{root[work]}/a.exr on studio is still being written"
    (report,) = studio.app.doctor().report(studio.app.projects())
    assert [(told.code, told.sentence) for told in report.problems] == [("source_unstable", row.error)]
    path.write_bytes(b"first and second half"[:20])
    studio.sync_once()
    assert studio.is_synced(one)
    assert studio.tree("backup") == {"a.exr": b"first and second hal"}


def test_a_source_that_changes_while_it_is_copied_is_discarded(studio: Studio) -> None:
    path = studio.write("a.exr", b"old content")
    one = studio.publish([studio.file("a.exr", 11)])

    def change() -> None:
        files.before_write = lambda: None
        path.write_bytes(b"new content")

    files = Interrupted(before_write=change)
    studio.sync_once(studio.application("other", files))
    assert (tries(studio, one), code(studio, one)) == (None, "source_changed")
    assert studio.tree("backup") == {}
    with studio.syncing():
        eventually(lambda: studio.is_synced(one), "the second attempt")
    assert studio.tree("backup") == {"a.exr": b"new content"}


def test_a_file_in_place_of_a_folder_is_in_the_way(studio: Studio) -> None:
    studio.write("show", b"a file", "backup")
    one = studio.publish(["show/a.exr"])
    studio.sync_once()
    assert (tries(studio, one), code(studio, one)) == (1, "name_in_the_way")


# -- the site: P11 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["studio", "backup"])
def test_a_root_that_is_gone_costs_nothing_and_goes_on_by_itself(studio: Studio, site: str) -> None:
    away = studio.folder / "away"
    ids = [studio.publish([f"{n}.exr"]) for n in range(30)]
    studio.root(site).rename(away)
    with studio.syncing():
        eventually(lambda: bool(studio.troubles), "the site's sentence")
        assert not studio.root(site).exists()
        away.rename(studio.root(site))
        eventually(lambda: all(studio.is_synced(one) for one in ids), "the rest")
    assert {trouble.code for trouble in studio.troubles} == {"not_connected"}
    assert all(tries(studio, one) is None for one in ids)
    assert studio.tree("backup") == studio.tree("studio")


def test_a_root_that_goes_in_the_middle_costs_nothing(studio: Studio) -> None:
    away = studio.folder / "away"
    ids = [studio.publish([f"{n}.exr"]) for n in range(60)]
    gone = threading.Event()

    def take_away(name: str) -> None:
        if name == "37.exr" and not gone.is_set():
            gone.set()
            studio.root("backup").rename(away)

    with studio.syncing(studio.application("other", Interrupted(before_rename=take_away))):
        eventually(gone.is_set, "the moment")
        eventually(lambda: bool(studio.troubles), "the site's sentence")
        away.rename(studio.root("backup"))
        eventually(lambda: all(studio.is_synced(one) for one in ids), "the rest")
    assert all(tries(studio, one) is None for one in ids)
    assert studio.tree("backup") == studio.tree("studio")


def test_nothing_is_written_into_an_empty_folder_that_took_the_roots_place(studio: Studio) -> None:
    studio.publish(["a.exr"])
    studio.sync_once()
    studio.root("backup").rename(studio.folder / "away")
    studio.root("backup").mkdir()
    one = studio.publish(["b.exr"])
    studio.sync_once()
    assert list(studio.root("backup").iterdir()) == []
    assert studio.entry(one) == {"name": "backup"}
    assert "none of" in studio.troubles[-1].sentence
    report = studio.app.doctor().report(studio.app.projects())[0]
    assert [one.code for one in report.problems] == ["not_connected"]


def test_an_empty_source_root_resets_nothing(studio: Studio) -> None:
    ids = [studio.publish([f"{n}.exr"]) for n in range(5)]
    shutil.rmtree(studio.root("studio"))
    studio.root("studio").mkdir()
    studio.sync_once()
    assert [studio.entry(one) for one in ids] == [{"name": "backup"}] * 5
    assert studio.failures == []


def test_a_person_can_say_that_an_emptied_root_is_right(studio: Studio) -> None:
    studio.publish(["a.exr"])
    studio.sync_once()
    (studio.root("backup") / "a.exr").unlink()
    found = studio.root("backup").stat()
    studio.app.state.remember_root(
        "backup", str(studio.root("backup")), RootMemory(found.st_dev, found.st_ino, confirmed=True)
    )
    one = studio.publish(["b.exr"])
    studio.sync_once()
    assert studio.is_synced(one)


def test_a_root_that_the_site_has_not_is_named_with_the_command(studio: Studio) -> None:
    record = studio.file("a.exr", 4)
    record["path"] = "{root[textures]}/a.exr"
    one = studio.publish([record])
    before = studio.app.store.head()
    studio.sync_once()
    assert studio.app.store.head() == before, "not even a claim was written"
    fine = studio.publish(["fine.exr"])
    studio.sync_once()
    assert studio.entry(one) == {"name": "backup"}
    assert studio.is_synced(fine)
    assert "sites set --root studio:textures=PATH" in studio.troubles[0].next_step


# -- the lease ---------------------------------------------------------------------------------------


def test_a_worker_that_lost_its_lock_neither_renames_nor_records(studio: Studio) -> None:
    one = studio.publish(["a.exr"])

    visible: list[str] = []

    def lose() -> None:
        files.before_write = lambda: None
        shutil.rmtree(studio.folder / "db.sqlite.workers", ignore_errors=True)

    files = Interrupted(before_write=lose, before_rename=visible.append)
    with studio.syncing(studio.application("other", files)) as loop:
        first = loop.worker
        eventually(lambda: loop.worker != first, "the new name")
        assert visible == []
        eventually(lambda: studio.is_synced(one), "the attempt under the new name")
    assert visible == ["a.exr"]
    assert tries(studio, one) is None


def test_an_entry_that_is_paused_under_way_is_stopped(studio: Studio, tmp_path: Path) -> None:
    from syncgui.model.edits import Edit, Target, Wish
    from syncgui.model.representation import FileRef

    files = Held()
    one = studio.publish(["a.exr"], content=os.urandom(3 * 2**20))
    reference = FileRef(str(studio.document(one)["files"][0]["_id"]), "")  # type: ignore[index]
    with studio.syncing(studio.application("other", files)):
        eventually(files.reached.is_set, "the first block")
        studio.app.store.edit(PROJECT, [Edit(Target(one, reference, "backup"), Wish.PAUSE, "anna")])
        threading.Event().wait(1)
        files.let_go.set()
        eventually(lambda: "lease" not in studio.entry(one), "the release")
    assert studio.entry(one) == {"name": "backup", "paused": True, "paused_by": "anna"}
    assert files.written_bytes < 3 * 2**20
    assert studio.tree("backup") == {}


# -- sites beside sites ------------------------------------------------------------------------------


def with_root(studio: Studio, name: str, site: str, folder: Path) -> None:
    """Give a site one more root."""
    folder.mkdir(parents=True, exist_ok=True)

    def change(server: dict[str, dict[str, object]]) -> None:
        found = server["sites"][site]
        assert isinstance(found, dict)
        found["root"][name] = str(folder)

    change_settings(studio, change)


def test_an_empty_mount_point_of_a_second_root_is_left_alone(studio: Studio) -> None:
    textures = studio.folder / "textures"
    for site in ("studio", "backup"):
        with_root(studio, "tex", site, textures / site)
    for number in range(40):
        studio.publish([f"{number}.exr"])

    def texture(name: str) -> str:
        (textures / "studio" / name).write_bytes(b"tex")
        record = studio.file("x", 3)
        record["path"] = f"{{root[tex]}}/{name}"
        return studio.publish([record])

    for number in range(3):
        texture(f"{number}.tx")
    studio.sync_once()
    assert len(list((textures / "backup").iterdir())) == 3
    (textures / "backup").rename(studio.folder / "unmounted")
    (textures / "backup").mkdir()
    one = texture("new.tx")
    studio.sync_once(studio.application("other"))
    assert list((textures / "backup").iterdir()) == []
    assert not studio.is_synced(one)


def test_a_site_that_is_gone_for_one_project_holds_up_no_other(studio: Studio) -> None:
    own = studio.folder / "own"
    own.mkdir()
    override = studio.settings_dir / "project_settings" / "Other" / "global.json"
    override.parent.mkdir()
    override.write_text(json.dumps({"sync_server": {"sites": {"backup": {"root": {"work": str(own)}}}}}))
    studio.publish([f"{number}.exr" for number in range(5)])
    studio.root("backup").rename(studio.folder / "away")
    with studio.syncing():
        eventually(lambda: bool(studio.troubles), "the site's sentence")
        other = studio.publish(["other.exr"], project="Other")
        eventually(
            lambda: "created_dt" in studio.document(other, "Other")["files"][0]["sites"][1],  # type: ignore[index]
            "the other project's file",
        )
    assert (own / "other.exr").exists()


def test_a_target_that_hangs_holds_up_no_other_target_of_its_source(studio: Studio, tmp_path: Path) -> None:
    third = tmp_path / "sites" / "third"
    third.mkdir()
    override = studio.settings_dir / "project_settings" / "Other" / "global.json"
    override.parent.mkdir()
    site = {"provider": "local_drive", "root": {"work": str(third)}}
    config = {"remote_site": "third"}
    override.write_text(json.dumps({"sync_server": {"config": config, "sites": {"third": site}}}))

    class HangsForBackup(Held):
        def create(self, folder: FolderHandle, name: str, mode: int | None) -> int:
            fd = super().create(folder, name, mode)
            if "third" in folder.path:
                self.healthy.add(fd)
            return fd

        healthy: set[int] = set()  # noqa: RUF012

        def write(self, fd: int, data: memoryview) -> None:
            if fd in self.healthy:
                os.write(fd, data)
            else:
                super().write(fd, data)

    files = HangsForBackup()
    for number in range(200):
        studio.publish([f"{number}.exr"])
    with studio.syncing(studio.application("other", files)):
        eventually(files.reached.is_set, "the hanging writes")
        other = studio.publish(["other.exr"], project="Other", wanted="third")
        eventually(
            lambda: "created_dt" in studio.document(other, "Other")["files"][0]["sites"][1],  # type: ignore[index]
            "the file for the healthy target",
        )
        assert studio.tree("backup").keys() <= {name for name in studio.tree("backup") if ".part" in name}
        files.let_go.set()


def test_one_passing_failure_of_a_site_leaves_nothing_untried(studio: Studio) -> None:
    ids = [studio.publish([f"{number}.exr"]) for number in range(300)]
    failed = threading.Event()

    def fail_once() -> None:
        if not failed.is_set():
            failed.set()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    studio.sync_once(studio.application("other", Interrupted(before_write=fail_once)))
    assert [trouble.code for trouble in studio.troubles] == ["disk_full"]
    assert all(studio.is_synced(one) for one in ids)


def test_a_number_of_tries_beyond_reason_breaks_nothing(tmp_path: Path) -> None:
    studio = Studio(tmp_path, retry_cnt=5000)
    record = studio.file("gone.exr", 4)
    record["sites"][1]["tries"] = 2000  # type: ignore[index]
    one = studio.publish([record])
    studio.publish(["b.exr"])
    studio.sync_once()
    assert studio.entry(one)["tries"] == 2001
    assert "lease" not in studio.entry(one)
    studio.close()


def test_broken_settings_are_told_and_mended_ones_go_on(studio: Studio) -> None:
    path = studio.settings_dir / "project_settings" / "global.json"
    good = path.read_text()
    with studio.syncing():
        first = studio.publish(["a.exr"])
        eventually(lambda: studio.is_synced(first), "the first file")
        path.write_text("{ broken")
        eventually(lambda: any(isinstance(one, Idle) and one.sentence for one in studio.events), "the word")
        path.write_text(good)
        one = studio.publish(["b.exr"])
        eventually(lambda: studio.is_synced(one), "the rest")
