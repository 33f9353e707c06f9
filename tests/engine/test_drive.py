"""Between the studio's disk and Drive: what the engine and the provider make of each other."""

from __future__ import annotations

import os
import threading
import uuid
from pathlib import Path
from typing import Any

import apsw

from syncgui.application import Application
from syncgui.engine.events import Moving
from syncgui.model.edits import Edit, Target, Wish
from syncgui.model.representation import read_representation
from tests.engine.drive_studio import DriveStudio, drive_studio
from tests.engine.studio import PROJECT, change_settings, eventually
from tests.servers.drive.process import DriveServer

__all__ = ["drive_studio"]

MIB = 2**20


def test_what_goes_up_is_there_to_the_byte_and_recorded(drive_studio: DriveStudio) -> None:
    one = drive_studio.publish_up(["show/a.exr", "show/b 'ü'.exr", "empty"])
    large = drive_studio.publish_up(["show/large.exr"], os.urandom(12 * MIB + 7))
    drive_studio.sync_up()
    assert drive_studio.failures == []
    assert drive_studio.on_drive() == drive_studio.local()
    for representation in (one, large):
        entry = drive_studio.entry(representation, "gdrive")
        assert entry.keys() == {"name", "created_dt", "id", "checksum"}
        assert str(entry["checksum"]).startswith("xxh3_128:")


def test_a_file_comes_down_from_drive_and_keeps_its_time(drive_studio: DriveStudio) -> None:
    one = drive_studio.publish_up(["show/a.exr"], os.urandom(40 * MIB))
    path = drive_studio.root("studio") / "show/a.exr"
    os.utime(path, ns=(0, 1_600_000_000_123_000_000))
    drive_studio.sync_up()
    content = path.read_bytes()
    path.unlink()
    document = drive_studio.document(one)
    drive_studio.app.store.delete("Test", [one])
    document["files"][0]["sites"][0] = {"name": "studio"}  # type: ignore[index]
    drive_studio.app.store.insert("Test", [document])
    drive_studio.sync_up()
    assert drive_studio.failures == []
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns == 1_600_000_000_123_000_000
    assert drive_studio.is_synced(one, "studio")
    assert list(drive_studio.root("studio").rglob(".syncgui*")) == []


def test_equal_content_on_drive_is_recorded_and_not_sent_again(drive_studio: DriveStudio) -> None:
    drive_studio.publish_up(["a.exr", "large.exr"], os.urandom(6 * MIB))
    drive_studio.sync_up()
    drive_studio.server.reset()
    again = drive_studio.publish_up(
        ["a.exr", "large.exr"], (drive_studio.root("studio") / "a.exr").read_bytes()
    )
    drive_studio.sync_up()
    assert drive_studio.is_synced(again, "gdrive")
    assert drive_studio.server.count("upload.*") == 0


def test_new_content_replaces_and_keeps_the_id(drive_studio: DriveStudio) -> None:
    one = drive_studio.publish_up(["a.exr"], b"old content")
    drive_studio.sync_up()
    two = drive_studio.publish_up(["a.exr"], b"new content")
    drive_studio.sync_up()
    assert drive_studio.on_drive() == drive_studio.local()
    assert drive_studio.entry(one, "gdrive")["id"] == drive_studio.entry(two, "gdrive")["id"]


def test_a_root_that_is_not_there_holds_the_site_and_is_never_made(
    tmp_path: Path, drive_server: DriveServer
) -> None:
    studio = DriveStudio(tmp_path, drive_server, root={"work": f"/{drive_server.drive}/no such folder"})
    one = studio.publish_up(["a.exr"])
    studio.sync_up()
    assert studio.entry(one, "gdrive") == {"name": "gdrive"}
    assert [trouble.code for trouble in studio.troubles] == ["remote_root_missing"]
    assert "no such folder/" not in drive_server.tree()
    studio.close()


def test_one_call_in_twenty_fails_and_no_file_does(drive_studio: DriveStudio) -> None:
    ids = [drive_studio.publish_up([f"f{n % 3}/{n}.exr"], os.urandom(30_000)) for n in range(60)]
    large = drive_studio.publish_up(["large.exr"], os.urandom(24 * MIB))
    faults: list[dict[str, Any]] = [
        {"status": 503, "reason": "backendError"},
        {"status": 429, "reason": "rateLimitExceeded"},
        {"status": 403, "reason": "userRateLimitExceeded"},
        {"drop_request_after": 20_000},
        {"lose_answer": True},
    ]
    for seed, effects in enumerate(faults):
        drive_studio.server.fail("*", probability=0.01, seed=seed, **effects)
    drive_studio.server.fail("upload.put", nth=1, drop_request_after=7 * MIB)
    drive_studio.sync_up()
    drive_studio.server.clear_faults()
    assert drive_studio.failures == []
    assert drive_studio.on_drive() == drive_studio.local()
    for one in (*ids, large):
        assert drive_studio.entry(one, "gdrive").keys() == {"name", "created_dt", "id", "checksum"}


def test_a_rate_limit_of_one_account_leaves_other_sites_their_pace(drive_studio: DriveStudio) -> None:
    ups = [drive_studio.publish_up([f"up/{n}.exr"]) for n in range(40)]
    drive_studio.server.configure(rate_per_s=10.0, rate_burst=5.0)
    others = [drive_studio.publish([f"other/{n}.exr"]) for n in range(200)]
    threads = [
        threading.Thread(
            target=drive_studio.sync_once, kwargs={"active_site": "studio", "remote_site": site, "app": app}
        )
        for site, app in (("gdrive", drive_studio.app), ("backup", drive_studio.application("other")))
    ]
    for thread in threads:
        thread.start()
    threads[1].join()
    left = sum(not drive_studio.is_synced(one, "gdrive") for one in ups)
    threads[0].join()
    assert left > 0, "the other site was done first"
    assert all(drive_studio.is_synced(one) for one in others)
    assert all("tries" not in drive_studio.entry(one, "gdrive") for one in ups)


def test_files_of_a_group_are_told_one_by_one(drive_studio: DriveStudio) -> None:
    ids = [drive_studio.publish_up([f"{number}.exr"]) for number in range(12)]
    drive_studio.server.configure(latency_s=0.2)
    seen: list[int] = []
    loop = drive_studio.app.loop(
        drive_studio.events.extend, active_site="studio", remote_site="gdrive", jobs=1
    )
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        eventually(lambda: sum(drive_studio.is_synced(one, "gdrive") for one in ids) > 0, "the first record")
        seen.append(sum(drive_studio.is_synced(one, "gdrive") for one in ids))
        eventually(lambda: all(drive_studio.is_synced(one, "gdrive") for one in ids), "all records")
    finally:
        loop.stop()
        thread.join(30)
    assert 0 < seen[0] < 12


def test_what_lies_there_needs_no_token_any_more(drive_studio: DriveStudio) -> None:
    one = drive_studio.publish_up(["large.exr"], os.urandom(12 * MIB))
    first = break_off(drive_studio)
    assert tokens_of(first) == 1
    drive_studio.sync_up()  # a program with another state file
    file = read_representation(drive_studio.document(one)).files[0]
    first.store.edit(PROJECT, [Edit(Target(one, file.ref, "gdrive"), Wish.SYNC_AGAIN)])
    drive_studio.sync_once(first, active_site="studio", remote_site="gdrive")
    assert drive_studio.is_synced(one, "gdrive")
    assert tokens_of(first) == 0


def test_a_session_belongs_to_the_place_that_it_was_begun_for(drive_studio: DriveStudio) -> None:
    server = drive_studio.server
    one = drive_studio.publish_up(["large.exr"], os.urandom(12 * MIB))
    first = break_off(drive_studio)
    name = f"elsewhere {uuid.uuid4().hex}"
    elsewhere = server.make_folder(server.drive_id, name)
    use_root(drive_studio, f"/{server.drive}/{name}")
    drive_studio.sync_once(first, active_site="studio", remote_site="gdrive")
    assert drive_studio.is_synced(one, "gdrive")
    assert server.tree(elsewhere).keys() == {"large.exr"}
    assert drive_studio.on_drive() == {}


def break_off(studio: DriveStudio) -> Application:
    """Stop an upload on its way; the program that has its token."""
    app = studio.application("first")
    studio.server.fail("upload.put", bytes_per_s=16 * MIB)
    loop = app.loop(studio.events.extend, active_site="studio", remote_site="gdrive")
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        eventually(lambda: moved(studio) > 4 * MIB, "the large file under way")
    finally:
        loop.stop()
        thread.join(30)
        studio.server.clear_faults()
    return app


def use_root(studio: DriveStudio, folder: str) -> None:
    """Let the site's root be another folder."""

    def change(found: dict[str, Any]) -> None:
        found["sites"]["gdrive"]["root"] = {"work": folder}

    change_settings(studio, change)


def tokens_of(app: Application) -> int:
    """How many tokens its state file keeps."""
    db = apsw.Connection(str(app.state_dir / "state.sqlite"))
    try:
        return len(db.execute("SELECT place FROM token").fetchall())
    finally:
        db.close()


def moved(studio: DriveStudio) -> int:
    """Bytes of the large file that went out, as last told."""
    told = [one.moved_bytes for one in studio.events if isinstance(one, Moving) and "large" in one.path]
    return max(told, default=0)


def test_a_pause_lets_no_further_call_and_no_further_byte_out(drive_studio: DriveStudio) -> None:
    server = drive_studio.server
    ids = [drive_studio.publish_up([f"{number}.exr"], os.urandom(200_000)) for number in range(60)]
    large = drive_studio.publish_up(["large.exr"], os.urandom(40 * MIB))
    server.fail("upload.put", bytes_per_s=8 * MIB)
    server.configure(latency_s=0.1)
    loop = drive_studio.app.loop(drive_studio.events.extend, active_site="studio", remote_site="gdrive")
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        eventually(lambda: moved(drive_studio) > 4 * MIB, "the large file under way")
        loop.pause()
        threading.Event().wait(1.5)  # what was on its way ends
        calls, sent = len(server.calls()), moved(drive_studio)
        threading.Event().wait(1.0)
        assert len(server.calls()) == calls
        assert moved(drive_studio) == sent < 40 * MIB
        server.clear_faults()
        loop.resume()
        eventually(lambda: all(drive_studio.is_synced(one, "gdrive") for one in (*ids, large)), "all of them")
    finally:
        loop.stop()
        thread.join(30)
    assert drive_studio.on_drive() == drive_studio.local()
