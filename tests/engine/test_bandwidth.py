"""The bandwidth of a site: how fast it moves at most, for whom it counts, and who waits how."""

from __future__ import annotations

import os
import random

import pytest

from syncgui.engine.bandwidth import BURST_S, Bandwidth
from syncgui.engine.checksums import Checksums
from syncgui.engine.events import Moving
from syncgui.engine.gate import Gate
from syncgui.engine.job import Job
from syncgui.engine.transfer_control import TransferControl
from syncgui.model.errors import CancelledError
from syncgui.model.paths import PlacedPath
from syncgui.model.status import Direction
from syncgui.providers.local_drive import LocalDriveSettings
from syncgui.settings import ProjectSettings, SiteSettings
from tests.engine.drive_studio import DriveStudio, drive_studio
from tests.engine.mover import StudioMover
from tests.engine.studio import PROJECT, Studio, change_settings, eventually
from tests.engine.test_verify import Copying, only, verify
from tests.engine.virtual_time import VirtualTime

__all__ = ["drive_studio"]

MB = 1_000_000
NEARLY = 10  # bytes: what is left of a microsecond in seconds since 1970


def project(name: str = PROJECT, **limits: int | None) -> dict[str, ProjectSettings]:
    """A project whose sites have these limits."""
    sites = {
        site: SiteSettings(
            name=site,
            provider="local_drive",
            roots={},
            other_roots={},
            options=LocalDriveSettings(),
            bandwidth_bytes_per_s=limit,
        )
        for site, limit in limits.items()
    }
    return {
        name: ProjectSettings(
            project=name,
            enabled=True,
            disabled_reason="",
            local_id="workstation",
            active_site="studio",
            remote_site="backup",
            retry_cnt=3,
            loop_delay_s=60.0,
            sites=sites,
        )
    }


def job(source: str = "studio", target: str = "backup", name: str = PROJECT) -> Job:
    return Job(
        project=name,
        number=1,
        lease="w:1",
        placed=PlacedPath("work", ("a",)),
        path="{root[work]}/a",
        source=source,
        target=target,
        direction=Direction.UPLOAD,
        wanted=(),
        size_bytes=0,
        heavy=False,
        source_id=None,
        target_id=None,
        membership=1,
    )


class Line:
    """Limits, and how long what is moved takes."""

    def __init__(self, projects: dict[str, ProjectSettings]) -> None:
        self.time = VirtualTime()
        self.gate = Gate(self.time.environment())
        self.bandwidth = Bandwidth(self.gate, self.time)
        self.bandwidth.use_projects(projects)

    def takes(self, *moves: tuple[Job, int]) -> float:
        """Seconds until all of it was moved, one after the other."""
        begun_s = self.time.now_s
        for one, size_bytes in moves:
            self.bandwidth.moved(one, size_bytes)
        return self.time.now_s - begun_s

    def control(self, one: Job) -> TransferControl:
        """The engine's side of a transfer."""
        return TransferControl(one, self.gate, self.bandwidth, Checksums())


# -- how fast ----------------------------------------------------------------------------------------


def test_a_site_moves_as_much_as_it_may_and_at_no_time_more() -> None:
    line = Line(project(studio=None, backup=2 * MB))
    one, chance = job(), random.Random(5)
    begun_s, moved = line.time.now_s, 0
    for _ in range(500):
        size_bytes = chance.randrange(1, 300_000)
        moved += size_bytes
        line.bandwidth.moved(one, size_bytes)
        assert moved <= 2 * MB * (line.time.now_s - begun_s + BURST_S) + NEARLY
    assert line.time.now_s - begun_s <= moved / (2 * MB)


def test_what_was_not_used_is_not_kept_for_later() -> None:
    line = Line(project(studio=None, backup=MB))
    line.time.pass_by(3600.0)
    assert line.takes((job(), MB)) == pytest.approx(1.0 - BURST_S)
    assert line.takes((job(), MB)) == pytest.approx(1.0)
    line.time.pass_by(0.1)
    assert line.takes((job(), MB)) == pytest.approx(0.9)
    line.time.pass_by(3600.0)
    assert line.takes((job(), MB)) == pytest.approx(1.0 - BURST_S)


def test_without_a_limit_nobody_waits() -> None:
    line = Line(project(studio=None, backup=None, other=1))
    assert line.takes((job(), 10**12), (job(name="Unknown"), 10**12)) == 0.0


def test_all_transfers_of_a_site_share_its_limit_in_both_directions() -> None:
    line = Line(project(studio=None, backup=MB, other=None))
    moves = [(job(), MB), (job("backup", "studio"), MB), (job("other", "backup"), MB)]
    assert line.takes(*moves) == pytest.approx(3.0 - BURST_S)


def test_the_tighter_of_both_sites_counts() -> None:
    for limits in (project(studio=MB, backup=4 * MB), project(studio=4 * MB, backup=MB)):
        assert Line(limits).takes((job(), 4 * MB)) == pytest.approx(4.0 - BURST_S)


def test_another_site_goes_on_at_its_own_pace() -> None:
    line = Line(project(studio=None, backup=MB, other=None))
    line.bandwidth.moved(job(), 100 * MB)
    assert line.takes((job("studio", "other"), 10**12)) == 0.0


def test_projects_share_a_site_where_their_limits_are_the_same() -> None:
    line = Line({**project("A", backup=MB), **project("B", backup=MB), **project("C", backup=2 * MB)})
    moves = [(job(name="A"), MB), (job(name="B"), MB)]
    assert line.takes(*moves) == pytest.approx(2.0 - BURST_S)
    assert line.takes((job(name="C"), 2 * MB)) == pytest.approx(1.0 - BURST_S)


def test_pieces_are_small_where_the_limit_is() -> None:
    line = Line(project(studio=None, backup=MB, other=1))
    assert line.bandwidth.piece_bytes(job(), 2**20) == MB // 4
    assert line.bandwidth.piece_bytes(job("studio", "other"), 2**20) == 64 * 1024
    assert line.bandwidth.piece_bytes(job("backup", "other"), 2**20) == 64 * 1024
    assert line.bandwidth.piece_bytes(job("studio", "studio"), 2**20) == 2**20


# -- who waits ---------------------------------------------------------------------------------------


def ends(line: Line, one: Job) -> float:
    """Seconds after which a transfer ends by `CancelledError`."""
    begun_s = line.time.now_s
    with pytest.raises(CancelledError):
        line.control(one).progress(100 * MB)
    return line.time.now_s - begun_s


def test_who_waits_is_cancelled_within_half_a_second() -> None:
    line, one = Line(project(studio=None, backup=MB)), job()
    line.time.after(7.3, lambda: setattr(one.cancellation, "is_cancelled", True))
    assert 7.3 <= ends(line, one) <= 7.8


def test_who_waits_stops_with_all_at_once() -> None:
    line = Line(project(studio=None, backup=MB))
    line.time.after(7.3, line.gate.stop)
    assert ends(line, job()) == pytest.approx(7.3)


def test_a_pause_holds_whoever_waits_until_it_ends() -> None:
    line = Line(project(studio=None, backup=MB))
    line.time.after(1.0, line.gate.pause)
    line.time.after(600.0, line.gate.resume)
    begun_s = line.time.now_s
    line.control(job()).progress(10 * MB)
    assert line.time.now_s - begun_s == pytest.approx(600.0)


@pytest.mark.parametrize("limit", [None, 1000 * MB])
def test_a_limit_that_is_lifted_lets_whoever_waits_go_on_at_once(limit: int | None) -> None:
    line = Line(project(studio=None, backup=MB))
    line.time.after(3.0, lambda: line.bandwidth.use_projects(project(studio=None, backup=limit)))
    assert 3.0 <= line.takes((job(), 3600 * MB)) <= 3.5


def test_settings_that_leave_the_limit_as_it_is_forget_nothing() -> None:
    line = Line(project(studio=None, backup=MB))
    line.time.after(1.0, lambda: line.bandwidth.use_projects(project(studio=None, backup=MB)))
    assert line.takes((job(), 10 * MB)) == pytest.approx(10.0 - BURST_S)


def test_what_an_earlier_try_moved_costs_nothing() -> None:
    line, one = Line(project(studio=None, backup=MB)), job()
    begun_s = line.time.now_s
    line.control(one).kept(1000 * MB)
    assert (line.time.now_s, one.moved_bytes) == (begun_s, 1000 * MB)


# -- transfers ---------------------------------------------------------------------------------------


def limit(studio: Studio, site: str, value: str | None) -> None:
    """Set a site's bandwidth, or take it away."""

    def change(server: dict[str, dict[str, object]]) -> None:
        settings = server["sites"][site]
        assert isinstance(settings, dict)
        if value is None:
            settings.pop("bandwidth", None)
        else:
            settings["bandwidth"] = value

    change_settings(studio, change)


def seconds(
    studio: Studio, one: str, files: Copying | None = None, source: str = "studio", target: str = "backup"
) -> float:
    """How long a transfer takes, the work itself taking no time."""
    time = VirtualTime()
    mover = StudioMover(studio, time.environment(files))
    begun_s = time.now_s
    assert only(mover.move(one, source, target)).errors == (None,)
    return time.now_s - begun_s


@pytest.mark.parametrize("policy", ["size", "xxh3", "readback"])
@pytest.mark.parametrize("site", ["studio", "backup"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_copy_between_folders_is_limited_however_it_is_made(
    studio: Studio, policy: str, site: str, inside: bool
) -> None:
    verify(studio, policy)
    limit(studio, site, "1MB")
    content = os.urandom(3 * MB)
    files = Copying(inside=inside)
    took_s = seconds(studio, studio.publish(["a"], content=content), files)
    assert took_s == pytest.approx(3.0 - BURST_S)
    assert studio.tree("backup") == {"a": content}
    assert all(piece <= MB // 4 for piece in files.pieces)


def test_blocks_that_are_shared_are_free(studio: Studio) -> None:
    verify(studio, "size")
    limit(studio, "backup", "1MB")
    one = studio.publish(["a"], content=os.urandom(3 * MB))
    assert seconds(studio, one, Copying(clones=True)) == 0.0


def test_content_that_is_there_already_is_free(studio: Studio) -> None:
    limit(studio, "backup", "1MB")
    content = os.urandom(3 * MB)
    studio.write("a", content, site="backup")
    assert seconds(studio, studio.publish(["a"], content=content)) == 0.0


@pytest.mark.parametrize("size_bytes", [3 * MB, 12 * MB])
@pytest.mark.parametrize("site", ["studio", "gdrive"])
def test_an_upload_is_limited(drive_studio: DriveStudio, size_bytes: int, site: str) -> None:
    limit(drive_studio, site, "1MB")
    one = drive_studio.publish_up(["a"], os.urandom(size_bytes))
    took_s = seconds(drive_studio, one, target="gdrive")
    assert took_s == pytest.approx(size_bytes / MB - BURST_S)
    assert drive_studio.on_drive() == drive_studio.local()


@pytest.mark.parametrize("site", ["backup", "gdrive"])
def test_a_download_is_limited(drive_studio: DriveStudio, site: str) -> None:
    content = os.urandom(12 * MB)
    one = drive_studio.publish_up(["a"], content)
    limit(drive_studio, site, "1MB")
    seconds(drive_studio, one, target="gdrive")
    took_s = seconds(drive_studio, one, source="gdrive", target="backup")
    assert took_s == pytest.approx(12.0 - BURST_S)
    assert drive_studio.tree("backup") == {"a": content}


# -- the loop ----------------------------------------------------------------------------------------


def test_the_loop_obeys_and_a_changed_setting_holds_at_once(studio: Studio) -> None:
    limit(studio, "backup", "1KB")
    one = studio.publish(["a"], content=os.urandom(4 * MB))  # more than an hour
    with studio.syncing():
        eventually(lambda: any(isinstance(event, Moving) for event in studio.events), "it moves")
        assert not studio.is_synced(one)
        limit(studio, "backup", None)
        eventually(lambda: studio.is_synced(one), "it arrives")
    assert studio.tree("backup") == studio.tree("studio")


def test_who_waits_for_the_limit_can_be_stopped(studio: Studio) -> None:
    limit(studio, "backup", "1KB")
    one = studio.publish(["a"], content=os.urandom(4 * MB))
    with studio.syncing():
        eventually(lambda: any(isinstance(event, Moving) for event in studio.events), "it moves")
    assert not studio.is_synced(one)
