"""Whatever stands in the files: reading raises nothing, and what it says can be printed."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from syncgui.settings import every_problem
from tests.settings.studio_folder import StudioFolder

SENSIBLE: dict[str, object] = {
    "modules": {"sync_server": {"enabled": True, "sites": {"nas": {"provider": "local_drive"}}}},
    "global": {
        "sync_server": {
            "enabled": True,
            "config": {
                "local_id": "ws-9",
                "retry_cnt": "3",
                "loop_delay": 60,
                "publish_site": "studio",
                "remote_site": "nas",
                "always_accessible_on": ["g"],
            },
            "sites": {
                "studio": {"root": {"work": {"linux": "/s"}}},
                "nas": {
                    "root": {"work": "/n"},
                    "verify": "size",
                    "slots": 3,
                    "bandwidth": "20MB",
                    "file_mode": "0664",
                    "allowed_link_targets": ["/l"],
                    "reserve": "5GiB",
                    "trash_days": 3,
                    "allow_remove": False,
                    "alternative_sites": ["g"],
                },
                "g": {"provider": "gdrive", "credentials_url": "/c", "root": "/My Drive"},
                "v": {"provider": "vault", "host": "h", "word": "sesame", "port": 3},
            },
        }
    },
    "override": {"sync_server": {"retry_cnt": 4, "sites": {"nas": {"root": {"work": "/m"}}}}},
    "user": {
        "local_id": "ws-8",
        "publish_site": "local",
        "remote_site": "nas",
        "roots": {"local": {"work": "/l"}},
        "projects": {"Test": {"remote_site": "g", "roots": {"g": {"": "/x"}}}},
    },
    "config": {"retry_cnt": 3, "publish_site": "studio"},
    "gdrive": {"gdrive": {"credentials_url": "/c", "root": "/r"}},
    "document": {"config": {"roots": {"work": {"linux": "/d", "windows": "D:/"}}}},
}


def places_in(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places_in(inner, (*path, key))


WORDS = ["", "local", "studio", "nas", "{", "${NO}", "%X%", "\ud800", "\x00", "sync_server", "windows", "-1"]
KEYS = st.sampled_from([*WORDS, "root", "provider", "linux", "config", "sites", "enabled"]) | st.text(
    max_size=4
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**400, max_value=10**401)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=6)
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def read_everything(parts: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        studio = StudioFolder(Path(folder))
        files = {
            "modules": studio.modules,
            "global": studio.common,
            "override": studio.override("Test"),
            "user": studio.places.user_file,
            "config": studio.folder / "config.json",
            "gdrive": studio.folder / "presets" / "gdrive.json",
        }
        for name, path in files.items():
            studio.put(path, json.dumps(parts[name]))
        document = parts["document"]
        snapshot = studio.load()
        project = snapshot.project("Test", document if isinstance(document, dict) else None)
        assert {"studio", project.local_id} <= set(project.sites)
        assert project.enabled == (not project.disabled_reason)
        for problem in every_problem(snapshot, [project]):
            assert problem.found
            assert problem.allowed
            problem.sentence.encode("utf-8")
            assert "sesame" not in problem.sentence
        project.idle_reason.encode("utf-8")


def test_the_sensible_settings_are_without_a_fatal_problem(studio: StudioFolder) -> None:
    read_everything(SENSIBLE)


@given(st.sampled_from(sorted(places_in(SENSIBLE))), ANYTHING)
@settings(max_examples=400, deadline=None)
def test_anything_in_the_place_of_a_value_gives_problems_at_most(
    place: tuple[str, ...], value: object
) -> None:
    parts = copy.deepcopy(SENSIBLE)
    target: dict[str, object] = parts
    for key in place[:-1]:
        inner = target[key]
        assert isinstance(inner, dict)
        target = inner
    target[place[-1]] = value
    read_everything(parts)


@given(ANYTHING, KEYS, ANYTHING)
@settings(max_examples=150, deadline=None)
def test_any_site_and_any_key_give_problems_at_most(site: object, key: str, value: object) -> None:
    parts = copy.deepcopy(SENSIBLE)
    server = {"enabled": True, "sites": {key: site, "nas": {"provider": "local_drive", key: value}}}
    parts["global"] = {"sync_server": server, key: value}
    read_everything(parts)
