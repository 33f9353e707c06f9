"""The whole way of a file: found, claimed, moved, recorded."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import xxhash

from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.representation import FileRef
from syncgui.model.status import Status
from tests.engine.studio import PROJECT, PUBLISHED, Studio, change_settings, eventually


def test_published_files_appear_on_the_other_site(studio: Studio) -> None:
    ids = [studio.publish([f"a/{n}.exr", f"b/ü {n}.exr"]) for n in range(40)]
    studio.sync_once()
    assert studio.tree("backup") == studio.tree("studio")
    assert all(studio.is_synced(one, position=n) for one in ids for n in (0, 1))


def test_a_record_gets_exactly_what_success_means(studio: Studio) -> None:
    one = studio.publish(["a.exr"], content=b"pixels")
    before = studio.document(one)
    studio.sync_once()
    after = studio.document(one)
    entry = studio.entry(one)
    assert isinstance(entry.pop("created_dt"), datetime)
    assert entry == {
        "name": "backup",
        "id": str(studio.root("backup") / "a.exr"),
        "checksum": f"xxh3_128:{xxhash.xxh3_128_hexdigest(b'pixels')}",
    }
    assert {**after, "files": 0} == {**before, "files": 0}
    assert studio.entry(one, "studio") == {"name": "studio", "created_dt": PUBLISHED}


def test_a_wish_of_the_active_site_is_a_download(studio: Studio) -> None:
    one = studio.publish(["a.exr"], present="backup", wanted="studio")
    studio.sync_once()
    assert studio.tree("studio") == {"a.exr": b"a.exr"}
    assert studio.is_synced(one, "studio")


def test_a_second_run_moves_nothing(studio: Studio) -> None:
    studio.publish(["a.exr"])
    studio.sync_once()
    studio.events.clear()
    studio.sync_once()
    assert studio.done == []


def test_a_zero_byte_file_without_size_is_there(studio: Studio) -> None:
    studio.write("empty.txt", b"")
    one = studio.publish([studio.file("empty.txt", None)])
    studio.sync_once()
    assert studio.tree("backup") == {"empty.txt": b""}
    assert studio.is_synced(one)


def test_a_path_that_many_list_is_moved_once_and_recorded_for_all(studio: Studio) -> None:
    studio.write("tex.tx", b"shared")
    ids = [studio.publish([studio.file("tex.tx", 6)]) for _ in range(5)]
    studio.sync_once()
    assert len(studio.done) == 1
    assert all(studio.is_synced(one) for one in ids)


def test_what_lies_there_already_is_recorded_without_sending_it_again(studio: Studio) -> None:
    studio.write("a.exr", b"same", "backup")
    inode = (studio.root("backup") / "a.exr").stat().st_ino
    one = studio.publish(["a.exr"], content=b"same")
    studio.sync_once()
    assert studio.is_synced(one)
    assert [done.copied for done in studio.done] == [False]
    assert (studio.root("backup") / "a.exr").stat().st_ino == inode


def test_other_content_of_the_same_size_and_time_is_replaced(studio: Studio) -> None:
    old = studio.write("a.exr", b"old!", "backup")
    new = studio.write("a.exr", b"new!")
    os.utime(new, ns=(1, 1))
    os.utime(old, ns=(1, 1))
    one = studio.publish([studio.file("a.exr", 4)])
    studio.sync_once()
    assert studio.tree("backup") == {"a.exr": b"new!"}
    assert studio.is_synced(one)


def test_one_failed_file_of_many_leaves_the_others(studio: Studio) -> None:
    (studio.root("backup") / "f1.exr").mkdir()
    one = studio.publish(["f0.exr", "f1.exr", "f2.exr"])
    studio.sync_once()
    assert studio.is_synced(one, position=0)
    assert studio.is_synced(one, position=2)
    entry = studio.entry(one, position=1)
    assert "folder" in str(entry["error"])
    assert entry["tries"] == 1
    row = studio.app.index.find(PROJECT, one)
    assert row is not None
    assert (row.status, row.count, row.of) == (Status.RETRYING, 1, 3)


def test_a_file_rests_after_retry_cnt_and_a_retry_brings_it(tmp_path: Path) -> None:
    studio = Studio(tmp_path, retry_cnt=2)
    obstacle = studio.root("backup") / "a.exr"
    obstacle.mkdir()
    one = studio.publish(["a.exr", "b.exr"])
    for _ in range(4):
        studio.sync_once()
    assert studio.entry(one)["tries"] == 2
    assert len(studio.failures) == 2
    assert studio.is_synced(one, position=1)
    obstacle.rmdir()
    studio.sync_once()
    assert not studio.is_synced(one)
    reference = FileRef(str(studio.document(one)["files"][0]["_id"]), "")  # type: ignore[index]
    studio.app.store.edit(PROJECT, [Edit(Target(one, reference, "backup"), Wish.RETRY)])
    studio.sync_once()
    assert studio.is_synced(one)
    assert "error" not in studio.entry(one)
    studio.close()


def test_a_running_loop_takes_what_is_published_and_what_is_retried(studio: Studio) -> None:
    obstacle = studio.root("backup") / "a.exr"
    obstacle.mkdir()
    with studio.syncing():
        one = studio.publish(["a.exr"])
        eventually(lambda: bool(studio.failures), "the failure")
        obstacle.rmdir()
        eventually(lambda: studio.is_synced(one), "the retry by itself")
        other = studio.publish(["b.exr"])
        eventually(lambda: studio.is_synced(other), "the second publish")


def test_projects_are_synced_side_by_side(studio: Studio) -> None:
    one = studio.publish(["one/a.exr"], project="One-1.x")
    two = studio.publish(["two/a.exr"], project="2 two")
    studio.sync_once()
    assert studio.document(one, "One-1.x")["files"][0]["sites"][1]["created_dt"]  # type: ignore[index]
    assert studio.document(two, "2 two")["files"][0]["sites"][1]["created_dt"]  # type: ignore[index]


def test_a_project_whose_site_is_broken_stops_no_other(studio: Studio) -> None:
    override = studio.settings_dir / "project_settings" / "Broken" / "global.json"
    override.parent.mkdir()
    override.write_text('{"sync_server": {"config": {"remote_site": "nowhere"}}}')
    broken = studio.publish(["broken.exr"], project="Broken")
    fine = studio.publish(["fine.exr"])
    studio.sync_once()
    assert studio.is_synced(fine)
    assert not studio.document(broken, "Broken")["files"][0]["sites"][1].get("tries")  # type: ignore[index]


def test_changed_settings_are_used_without_a_restart(studio: Studio) -> None:
    change_settings(studio, lambda server: server["config"].update(remote_site=""))
    with studio.syncing():
        one = studio.publish(["a.exr"])
        change_settings(studio, lambda server: server["config"].update(remote_site="backup"))
        eventually(lambda: studio.is_synced(one), "the new remote site")


def test_documents_of_every_odd_kind_stop_nothing(studio: Studio) -> None:
    odd: list[dict[str, object]] = [
        {},
        {"files": None},
        {"files": "x"},
        {"files": []},
        {"files": [7, None, {"path": 5}, {"path": "x", "sites": "odd"}]},
        {"files": [{"path": "{root[work]}/n.exr", "sites": [7, None, {"name": 5}, {}]}]},
        {"files": [{"path": "{root[work]}/n.exr", "sites": {"studio": 3, "backup": []}}]},
        {"context": "no mapping", "files": [{"path": "{root[work]}/n.exr"}]},
    ]
    for fields in odd:
        studio.insert(fields)
    one = studio.publish(["a.exr"])
    studio.sync_once()
    assert studio.is_synced(one)
    _, problems = studio.app.index.problems(PROJECT, 100)
    assert len([one for one in problems if one.path is None]) >= 6


def test_doubled_entries_are_both_recorded(studio: Studio) -> None:
    studio.write("a.exr", b"x")
    record = studio.file("a.exr", 1)
    record["sites"] = [
        {"name": "studio", "created_dt": PUBLISHED},
        {"name": "backup"},
        {"name": "backup", "tries": 1, "error": "x"},
    ]
    one = studio.publish([record])
    studio.sync_once()
    sites = studio.document(one)["files"][0]["sites"]  # type: ignore[index]
    assert all(entry["created_dt"] for entry in sites)


def test_two_files_with_one_id_are_both_moved(studio: Studio) -> None:
    studio.write("a.exr", b"aaaa")
    studio.write("b.exr", b"bbbbbb")
    first, second = studio.file("a.exr", 4), studio.file("b.exr", 6)
    second["_id"] = first["_id"]
    one = studio.publish([first, second])
    studio.sync_once()
    assert studio.tree("backup") == studio.tree("studio")
    assert studio.is_synced(one, position=0)
    assert studio.is_synced(one, position=1)


def test_paused_entries_stay_and_a_resume_brings_them(studio: Studio) -> None:
    one = studio.publish(["a.exr", "b.exr"])
    reference = FileRef(str(studio.document(one)["files"][0]["_id"]), "")  # type: ignore[index]
    target = Target(one, reference, "backup")
    studio.app.store.edit(PROJECT, [Edit(target, Wish.PAUSE, "anna")])
    studio.sync_once()
    assert studio.entry(one) == {"name": "backup", "paused": True, "paused_by": "anna"}
    assert studio.is_synced(one, position=1)
    studio.app.store.edit(PROJECT, [Edit(target, Wish.RESUME)])
    studio.sync_once()
    assert studio.is_synced(one)


def test_another_pair_can_be_served(tmp_path: Path) -> None:
    third = tmp_path / "sites" / "third"
    third.mkdir(parents=True)
    studio = Studio(tmp_path, sites={"third": {"provider": "local_drive", "root": {"work": str(third)}}})
    one = studio.publish(["a.exr"], wanted="third")
    studio.sync_once()
    assert studio.tree("third") == {}
    studio.sync_once(active_site="studio", remote_site="third")
    assert studio.is_synced(one, "third")
    studio.close()
