"""Whole programs that exchange with Drive: a second machine, `kill -9` on the way up and down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.engine.drive_studio import DriveStudio, drive_studio
from tests.engine.studio import PROJECT, eventually
from tests.processes.programs import entries, leftovers, run, running
from tests.servers.drive.process import DriveServer

__all__ = ["drive_studio"]

MIB = 2**20
UP = ("--active-site", "studio", "--remote-site", "gdrive")


def test_a_publish_of_the_studio_comes_to_a_machine_at_home(
    drive_studio: DriveStudio, tmp_path: Path
) -> None:
    for name in ("a.exr", "b.exr"):
        drive_studio.write(f"show/{name}", os.urandom(200_000))
    at_home = tmp_path / "at home"
    at_home.mkdir()
    published = run(
        drive_studio,
        *("sites", "set", "--publish-site", "studio", "--remote-site", "gdrive"),
    )
    assert published.returncode == 0, published.stderr
    published = run(
        drive_studio,
        "publish",
        *(str(drive_studio.root("studio") / "show" / name) for name in ("a.exr", "b.exr")),
        *("--project", PROJECT, "--asset", "sh010", "--subset", "renderMain"),
    )
    assert published.returncode == 0, published.stderr
    assert run(drive_studio, "sync", "--once").returncode == 0
    chosen = run(
        drive_studio,
        *("sites", "set", "--local-id", "anna-home", "--publish-site", "anna-home"),
        *("--remote-site", "gdrive", "--root", f"work={at_home}"),
        home="anna",
    )
    assert chosen.returncode == 0, chosen.stderr
    (representation,) = published.stdout.split()
    asked = run(drive_studio, "download", "--project", PROJECT, representation, home="anna")
    assert asked.returncode == 0, asked.stderr
    synced = run(drive_studio, "sync", "--once", home="anna")
    assert synced.returncode == 0, synced.stderr + synced.stdout
    for name in ("a.exr", "b.exr"):
        assert (at_home / "show" / name).read_bytes() == (
            drive_studio.root("studio") / "show" / name
        ).read_bytes()
    for site in ("studio", "gdrive", "anna-home"):
        recorded = dict(entries(drive_studio, site))
        assert len(recorded) == 2
        assert all("created_dt" in one and "tries" not in one for one in recorded.values())
    status = json.loads(run(drive_studio, "status", "--json", home="anna").stdout)
    assert {name: n for name, n in status["projects"][0]["files"].items() if n} == {"synced": 2}


def test_another_program_says_why_a_site_waits_for_as_long_as_it_does(
    tmp_path: Path, drive_server: DriveServer
) -> None:
    studio = DriveStudio(tmp_path, drive_server, root={"work": f"/{drive_server.drive}/comes later"})
    assert run(studio, "sites", "set", "--remote-site", "gdrive", home="one").returncode == 0
    studio.publish_up(["a.exr"])
    assert run(studio, "sync", "--once", home="one").returncode == 1
    (problem,) = problems(studio)
    assert (problem["site"], problem["code"]) == ("gdrive", "remote_root_missing")
    assert "comes later" in str(problem["sentence"])
    drive_server.make_folder(drive_server.drive_id, "comes later")
    assert run(studio, "sync", "--once", home="one").returncode == 0
    studio.publish_up(["b.exr"])
    assert problems(studio) == []
    studio.close()


def problems(studio: DriveStudio) -> list[dict[str, object]]:
    """What `status` says is wrong."""
    found = json.loads(run(studio, "status", "--json", home="one").stdout)["projects"][0]["problems"]
    assert isinstance(found, list)
    return found


def test_kills_on_the_way_up_send_hardly_anything_twice(drive_studio: DriveStudio) -> None:
    size = 64 * MIB
    one = drive_studio.publish_up(["large.exr"], os.urandom(size))
    server = drive_studio.server
    server.reset()
    server.fail("upload.put", bytes_per_s=40 * MIB)
    for part in (1, 2, 3):
        with running(drive_studio, "sync", *UP) as process:
            eventually(lambda n=part: server.bytes_in("upload.put") > n * size // 5, "some bytes")  # type: ignore[misc]
            process.kill()
            process.wait()
    server.clear_faults()
    done = run(drive_studio, "sync", "--once", *UP)
    assert done.returncode == 0, done.stdout + done.stderr
    assert drive_studio.on_drive() == drive_studio.local()
    assert server.bytes_in("upload.put") <= 1.1 * size
    assert drive_studio.entry(one, "gdrive").keys() == {"name", "created_dt", "id", "checksum"}


def test_kills_on_the_way_down_fetch_hardly_anything_twice(drive_studio: DriveStudio) -> None:
    size = 96 * MIB
    content = os.urandom(size)
    one = drive_studio.publish_up(["large.exr"], content)
    drive_studio.sync_up()
    change_direction(drive_studio, one)
    server = drive_studio.server
    server.reset()
    server.fail("files.media", bytes_per_s=16 * MIB)
    for part in (1, 2):
        with running(drive_studio, "sync", *UP, home="down") as process:
            eventually(lambda n=part: written_bytes(drive_studio) > n * size // 4, "some bytes")  # type: ignore[misc]
            process.kill()
            process.wait()
    server.clear_faults()
    done = run(drive_studio, "sync", "--once", *UP, home="down")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (drive_studio.root("studio") / "large.exr").read_bytes() == content
    assert leftovers(drive_studio) == []
    # What is on its way in each of the ranges at the moment of a kill is fetched again.
    assert server.bytes_out("files.media") <= size + 2 * 64 * MIB
    assert drive_studio.is_synced(one, "studio")


def test_libraries_of_google_are_not_loaded_before_a_drive_is_used(drive_studio: DriveStudio) -> None:
    words = [
        sys.executable,
        "-c",
        "import sys; from syncgui.providers import lib; lib.settings_models(); import syncgui.cli;"
        "heavy = {'googleapiclient', 'google', 'requests'};"
        "print([name for name in sys.modules if name.split('.')[0] in heavy])",
    ]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "[]\n"


def change_direction(studio: DriveStudio, representation: str) -> None:
    """From now on Drive has the file and the studio wants it."""
    document = studio.document(representation)
    studio.app.store.delete(PROJECT, [representation])
    for file in document["files"]:  # type: ignore[attr-defined]
        file["sites"][0] = {"name": "studio"}
        (studio.root("studio") / file["path"].removeprefix("{root[work]}/")).unlink()
    studio.app.store.insert(PROJECT, [document])


def written_bytes(studio: DriveStudio) -> int:
    """Bytes in partials of the studio's disk."""
    return sum(path.stat().st_size for path in leftovers(studio))
