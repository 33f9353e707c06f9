"""Links inside a root, in the whole engine: both directions, another disk, storage that is away."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from syncgui.engine.environment import real_environment
from syncgui.engine.site_access import SiteAccesses
from tests.engine.studio import PROJECT, Studio, change_settings
from tests.own_mounts import own_mounts

__all__ = ["own_mounts"]


def allow(studio: Studio, /, **targets: Path) -> None:
    change_settings(
        studio,
        lambda server: [  # type: ignore[arg-type]
            server["sites"][site].update(allowed_link_targets=[str(target)])  # type: ignore[attr-defined]
            for site, target in targets.items()
        ],
    )


@pytest.fixture
def storage(studio: Studio) -> Path:
    """Other storage, to which a link in both roots leads."""
    storage = studio.folder / "storage"
    for site in ("studio", "backup"):
        (storage / site).mkdir(parents=True)
        (studio.root(site) / "linked").symlink_to(storage / site)
    return storage


def test_files_behind_allowed_links_go_both_ways(studio: Studio, storage: Path) -> None:
    allow(studio, studio=storage, backup=storage / "backup")
    up = studio.publish(["linked/sub/up.exr", "plain.exr"])
    down = studio.publish(["linked/sub/down.exr"], present="backup", wanted="studio")
    studio.sync_once(studio.application("other"))
    assert studio.is_synced(up)
    assert studio.is_synced(up, position=1)
    assert studio.is_synced(down, "studio")
    assert (storage / "backup/sub/up.exr").read_bytes() == b"linked/sub/up.exr"
    assert (storage / "studio/sub/down.exr").read_bytes() == b"linked/sub/down.exr"


@pytest.mark.parametrize("allowed", ["studio", "backup"])
def test_each_site_has_links_of_its_own(studio: Studio, storage: Path, allowed: str) -> None:
    allow(studio, **{allowed: storage})
    one = studio.publish(["linked/a.exr"])
    other = studio.publish(["plain.exr"])
    studio.sync_once(studio.application("other"))
    refusing = "backup" if allowed == "studio" else "studio"
    assert studio.entry(one)["error"] == (
        f"The path {{root[work]}}/linked/a.exr is refused on {refusing}: "
        "linked is a link that may not be followed there"
    )
    assert studio.is_synced(other)
    assert list((storage / "backup").iterdir()) == []


@pytest.mark.parametrize("away", ["studio", "backup"])
def test_storage_that_is_away_is_waited_for_without_a_try(studio: Studio, storage: Path, away: str) -> None:
    allow(studio, studio=storage, backup=storage)
    one = studio.publish(["linked/a.exr"])
    other = studio.publish(["plain.exr"])
    app = studio.application("other")
    (storage / away).rename(studio.folder / "away")
    studio.sync_once(app)
    assert not studio.is_synced(one)
    assert "linked" in str(studio.entry(one)["error"])
    assert studio.entry(one).get("tries", 0) == 0
    assert studio.is_synced(other)
    assert studio.troubles == []
    (studio.folder / "away").rename(storage / away)
    studio.sync_once(app)
    assert studio.is_synced(one)


@pytest.mark.parametrize("site", ["studio", "backup"])
def test_what_is_wrong_with_one_recorded_path_says_nothing_of_the_root(
    studio: Studio, storage: Path, site: str
) -> None:
    hostile = studio.file("linked/a.exr", 1)
    hostile["sites"] = [{"name": site, "created_dt": 1}]
    studio.insert({"files": [hostile]})
    good = studio.publish(["good.exr"])
    studio.sync_once()
    assert studio.is_synced(good)


def test_a_change_of_what_is_allowed_counts_at_once(studio: Studio) -> None:
    settings = studio.app.project(PROJECT)
    site = replace(settings.sites["backup"], allowed_link_targets=("/storage",))
    changed = replace(settings, sites={**settings.sites, "backup": site})
    accesses = SiteAccesses(real_environment())
    assert accesses.get(settings, "backup").provider is accesses.get(settings, "backup").provider
    assert accesses.get(changed, "backup").provider is not accesses.get(settings, "backup").provider
    accesses.close()


@pytest.mark.parametrize("how", ["linked", "mounted"])
def test_a_linked_disk_is_flushed_has_its_own_room_and_holds_up_nothing_else(
    tmp_path: Path, own_mounts: list[str], how: str
) -> None:
    done = subprocess.run(
        [*own_mounts, sys.executable, "-m", "tests.engine.linked_disk", str(tmp_path / "studio"), how],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        timeout=120,
        check=True,
    )
    told = json.loads(done.stdout)
    synced, tries, error = told.pop("full")
    assert (synced, tries) == (False, 0)
    assert "has not enough room for {root[work]}/linked/large.exr: 1.0 MB are needed" in error
    assert told.pop("filled").startswith("backup has not enough room for {root[work]}/linked/b.exr")
    shut, deep = told.pop("shut")
    assert shut.startswith("{root[work]}/linked/c.exr can not be written on backup")
    assert deep.startswith("{root[work]}/linked/new/d.exr can not be written on backup")
    assert told == {
        "synced": True,
        "flushed_alone": [6, False],
        "replaced": True,
        "kept": ["linked/0.exr"],
        "others": [True] * 3,
        "troubles": [],
        "left": [],
    }
