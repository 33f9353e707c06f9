"""A file that is not as recorded is accepted as it is: what is looked at, what is refused, what follows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from syncgui.actions import accept, accepting, look_at_sizes
from syncgui.application import Application, Options
from syncgui.engine.accepting import Offer, Seen
from syncgui.engine.environment import real_environment
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import SizeDiffersError
from syncgui.model.representation import read_representation
from tests.engine.drive_studio import DriveStudio, drive_studio
from tests.engine.studio import PROJECT, PUBLISHED, Studio, change_settings, eventually

__all__ = ["drive_studio"]

HERE: dict[str, object] = {"name": "studio", "created_dt": PUBLISHED}
THERE: dict[str, object] = {"name": "backup", "created_dt": PUBLISHED, "checksum": "xxh3:00"}


class Waits:
    """A signal that is never set; waiting for it takes no time, and lets something happen."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self._meanwhile = meanwhile
        self.waited_s: list[float] = []

    def set(self) -> None:
        """Nobody sets it."""

    def clear(self) -> None:
        """It is not set."""

    def is_set(self) -> bool:
        """It is not."""
        return False

    def wait(self, timeout: float | None = None) -> bool:
        """What happens meanwhile happens."""
        self.waited_s.append(timeout or 0.0)
        self._meanwhile()
        return False


class Looking:
    """The parts of a studio, with a wait of 2 s that takes no time."""

    def __init__(self, studio: Studio, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.waits = Waits(meanwhile)
        environment = replace(real_environment(), signal=lambda: self.waits)
        options = Options(studio.folder / "home", studio.settings_dir, studio.database)
        self.app = studio.closing(Application(options, {}, environment=environment))

    @property
    def project(self) -> SyncedProject:
        """The project, as it is set up now."""
        return self.app.projects()[PROJECT]

    def seen(self, representation: str) -> Seen:
        """What looking at all files of a representation comes to, whatever they wait for."""
        one = read_representation(self.app.store.read(PROJECT, [representation])[0])
        with accepting(self.app, self.project) as looking:
            return looking.look((one, file) for file in one.files)

    def accept(self, *offers: Offer) -> tuple[int, list[str]]:
        """Accept what was offered."""
        return accept(self.app, self.project, offers)


def differing(studio: Studio, *sites: dict[str, object], name: str = "a.exr") -> str:
    """A file of 20 bytes, recorded with 4."""
    studio.write(name, b"longer than recorded")
    record = studio.file(name, 4)
    record["hash"] = "a,exr|1,5|4"
    if sites:
        record["sites"] = list(sites)
    return studio.publish([record])


def record(studio: Studio, representation: str) -> dict[str, object]:
    files = studio.document(representation)["files"]
    assert isinstance(files, list)
    return dict(files[0])


def test_a_file_is_accepted_and_arrives(studio: Studio) -> None:
    one = differing(studio)
    studio.sync_once()
    assert "20 bytes" in str(studio.entry(one)["error"])
    looking = Looking(studio)
    seen = look_at_sizes(looking.app, looking.project, [one])
    (offer,) = seen.offers
    assert (offer.recorded_bytes, offer.size_bytes, offer.site, offer.outdated) == (4, 20, "studio", ())
    assert looking.waits.waited_s == [2.0]
    assert looking.accept(offer) == (1, [])
    written = (studio.root("studio") / "a.exr").stat().st_mtime
    assert record(studio, one)["size"] == 20
    assert record(studio, one)["hash"] == f"a,exr|{written}|20".replace(".", ",")
    assert studio.entry(one) == {"name": "backup"}
    studio.sync_once()
    assert studio.is_synced(one)
    assert studio.tree("backup") == {"a.exr": b"longer than recorded"}


def test_a_running_loop_takes_it_at_once(studio: Studio) -> None:
    one = differing(studio)
    looking = Looking(studio)
    with studio.syncing():
        eventually(lambda: "error" in studio.entry(one), "the file is complained of")
        looking.accept(*look_at_sizes(looking.app, looking.project, [one]).offers)
        eventually(lambda: studio.is_synced(one), "the file arrives, ten minutes before its next try")


def test_only_files_that_wait_for_it_are_looked_at_of_a_representation(studio: Studio) -> None:
    one = differing(studio)
    looking = Looking(studio)
    assert look_at_sizes(looking.app, looking.project, [one]) == Seen()
    assert looking.waits.waited_s == []


def test_a_file_that_is_as_recorded_is_no_offer_and_nobody_waits(studio: Studio) -> None:
    one = studio.publish(["a.exr", studio.file("b.exr", None)])
    looking = Looking(studio)
    assert looking.seen(one) == Seen(fitting=2)
    assert looking.waits.waited_s == []


@pytest.mark.parametrize("change", ["grows", "is written again", "goes"])
def test_a_file_that_still_moves_is_refused(studio: Studio, change: str) -> None:
    one = differing(studio)
    path = studio.root("studio") / "a.exr"

    def meanwhile() -> None:
        if change == "goes":
            path.unlink()
        else:
            path.write_bytes(b"longer than recorded" if change == "is written again" else b"and longer" * 9)
            os.utime(path, ns=(1, 1))

    # What else the site has tells a file that is gone from a site that is gone.
    studio.publish(["other.exr"])
    seen = Looking(studio, meanwhile).seen(one)
    assert seen.offers == ()
    (sentence,) = seen.refused
    assert ("is not on studio" if change == "goes" else "is still being written") in sentence


def test_what_changes_before_the_person_has_confirmed_is_not_accepted(studio: Studio) -> None:
    one = differing(studio)
    looking = Looking(studio)
    (offer,) = looking.seen(one).offers
    studio.write("a.exr", b"longer than RECORDED")
    before = studio.document(one)
    files, (sentence,) = looking.accept(offer)
    assert files == 0
    assert "is still being written" in sentence
    assert studio.document(one) == before


def test_a_record_that_somebody_changes_meanwhile_is_left(studio: Studio) -> None:
    one = differing(studio)
    looking = Looking(studio)
    (offer,) = looking.seen(one).offers
    assert looking.accept(offer) == (1, [])
    assert looking.accept(offer) == (
        0,
        ["Somebody else changed the record meanwhile; it is left as it is"],
    )


def test_a_site_that_has_what_was_recorded_is_named_and_gets_the_new_content(studio: Studio) -> None:
    one = differing(studio, HERE, THERE)
    studio.write("a.exr", b"old!", site="backup")
    looking = Looking(studio)
    (offer,) = looking.seen(one).offers
    assert (offer.site, offer.outdated) == ("studio", ("backup",))
    assert looking.accept(offer) == (1, [])
    assert studio.entry(one) == {"name": "backup"}
    assert (studio.root("backup") / "a.exr").read_bytes() == b"old!"
    studio.sync_once()
    assert studio.is_synced(one)
    assert (studio.root("backup") / "a.exr").read_bytes() == b"longer than recorded"


def test_other_names_of_the_same_storage_are_not_outdated(studio: Studio) -> None:
    change_settings(
        studio,
        lambda server: server["sites"].update(
            nas={
                "provider": "local_drive",
                "root": {"work": str(studio.root("studio"))},
                "alternative_sites": ["studio"],
            }
        ),
    )
    one = differing(studio, HERE, {"name": "nas", "created_dt": PUBLISHED}, {"name": "backup"})
    looking = Looking(studio)
    (offer,) = looking.seen(one).offers
    assert (offer.outdated, offer.keeps) == ((), ("nas",))
    assert looking.accept(offer) == (1, [])
    assert studio.is_synced(one, "nas")


def test_the_file_of_the_site_that_was_complained_of_is_meant(studio: Studio) -> None:
    """A download, whose source is the remote site."""
    studio.write("a.exr", b"longer than recorded", site="backup")
    studio.write("other.exr", site="backup")
    file = studio.file("a.exr", 4, present="backup", wanted="studio")
    one = studio.publish([file])
    studio.sync_once()
    looking = Looking(studio)
    (offer,) = look_at_sizes(looking.app, looking.project, [one]).offers
    assert offer.site == "backup"
    looking.accept(offer)
    studio.sync_once()
    assert studio.is_synced(one, "studio")


def test_a_complaint_of_another_pair_of_sites_is_about_its_source(studio: Studio) -> None:
    studio.write("a.exr", b"old!")
    studio.write("a.exr", b"longer than recorded", site="backup")
    complaint = SizeDiffersError(site="backup", path="{root[work]}/a.exr", detail="it has 20 bytes")
    sites = [HERE, THERE, {"name": "home", "error": complaint.sentence}]
    one = studio.publish([{**studio.file("a.exr", 4), "sites": sites}])
    looking = Looking(studio)
    (offer,) = look_at_sizes(looking.app, looking.project, [one]).offers
    assert (offer.site, offer.size_bytes, offer.outdated) == ("backup", 20, ("studio",))


@pytest.mark.parametrize("ns", [1_700_000_000_123_456_789, 1, 1_763_219_804_999_999_999])
def test_the_hash_has_the_time_as_python_rounds_it(studio: Studio, ns: int) -> None:
    one = differing(studio)
    path = studio.root("studio") / "a.exr"
    os.utime(path, ns=(ns, ns))
    (offer,) = Looking(studio).seen(one).offers
    assert offer.changed_s == path.stat().st_mtime


def test_a_site_that_is_not_connected_refuses_and_nothing_is_written(studio: Studio) -> None:
    one = differing(studio)
    studio.sync_once()
    away = studio.root("studio").with_name("away")
    studio.root("studio").rename(away)
    looking = Looking(studio)
    seen = looking.seen(one)
    assert (seen.offers, len(seen.refused)) == ((), 1)
    assert not studio.root("studio").exists()


def test_what_no_site_of_the_pair_has_is_refused(studio: Studio) -> None:
    one = differing(studio, {"name": "home", "created_dt": PUBLISHED}, {"name": "backup"})
    seen = Looking(studio).seen(one)
    assert seen.offers == ()
    assert "can not be looked at from here" in seen.refused[0]


def test_a_path_that_leaves_its_root_is_refused(studio: Studio) -> None:
    file = studio.file("a.exr", 4)
    file["path"] = "{root[work]}/../a.exr"
    (studio.folder / "sites" / "a.exr").write_bytes(b"outside")
    seen = Looking(studio).seen(studio.publish([file]))
    assert seen.offers == ()
    assert "refused" in seen.refused[0]


def test_a_file_on_drive_is_accepted_and_comes_down(drive_studio: DriveStudio) -> None:
    drive_studio.publish_up(["a.exr"], b"longer than recorded")
    drive_studio.sync_up()
    studio: Studio = drive_studio
    one = studio.publish([studio.file("a.exr", 4, present="gdrive", wanted="backup")])
    studio.sync_once(active_site="backup", remote_site="gdrive")
    looking = Looking(studio)
    (offer,) = look_at_sizes(looking.app, looking.project, [one]).offers
    assert (offer.site, offer.recorded_bytes, offer.size_bytes) == ("gdrive", 4, 20)
    assert looking.accept(offer) == (1, [])
    studio.sync_once(active_site="backup", remote_site="gdrive")
    assert studio.is_synced(one)
    assert studio.tree("backup") == {"a.exr": b"longer than recorded"}
