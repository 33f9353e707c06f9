"""A studio for pictures: some hundred representations in every state, in the real store and index.

Names and figures are those of an ordinary production, the same at each run; ages are taken from now.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bson import ObjectId

from syncgui.model.errors import NameInTheWayError, SourceMissingError
from syncgui.model.leases import lease_of
from syncgui.views.standing import Flow, Progress
from tests.engine.studio import Studio
from tests.store.other_process import join

PROJECT = "amber_coast"
EMPTY_PROJECT = "teaser"
WORKER = "w-pictures"
FAILED_SUBSET = "renderBeauty"
_MB = 2**20
_SHOTS = [f"sh{number:03}0" for number in range(1, 49)]
_SHOT_SUBSETS = (
    ("renderBeauty", "exr", 92, 38),
    ("animMain", "abc", 1, 410),
    ("compMain", "exr", 92, 21),
    ("plateBG", "dpx", 92, 12),
    ("fxSmoke", "vdb", 92, 64),
    ("layoutMain", "usd", 1, 3),
)
_ASSETS = ("lighthouse", "harbourBoat", "oldFisher", "seagull", "Zoë", "pierLamp")
_ASSET_SUBSETS = (("modelMain", "abc", 1, 180), ("lookMain", "ma", 43, 16), ("rigMain", "mb", 1, 95))
_PEOPLE = ("anna", "mira", "jonas")


class PictureStudio:
    """See the module.

    Args:
        folder: where everything lies.
    """

    def __init__(self, folder: Path) -> None:
        self.studio = Studio(folder)
        self._chance = random.Random(7)
        self._now = datetime.now(UTC)
        self._done = 0.0
        self._moving: dict[tuple[str, str], Progress] = {}
        join(self.studio.app.store, WORKER)
        for shot in _SHOTS:
            for subset, kind, files, megabytes in _SHOT_SUBSETS:
                self._representation("sequences/sq010", shot, subset, kind, files, megabytes)
        for asset in _ASSETS:
            for subset, kind, files, megabytes in _ASSET_SUBSETS:
                self._representation("assets/props", asset, subset, kind, files, megabytes)
        self.studio.app.store.insert(
            EMPTY_PROJECT, [{"_id": ObjectId(), "type": "project", "name": EMPTY_PROJECT, "data": {}}]
        )
        self.studio.app.catch_up(self.studio.app.projects())

    @property
    def flow(self) -> Flow:
        """What moves."""
        return Flow(
            up_bytes_per_s=42.1e6,
            down_bytes_per_s=8.3e6,
            uploading=5,
            downloading=2,
            moving=self._moving,
            seconds_left=(3900.0, 4700.0),
        )

    def _representation(
        self, above: str, asset: str, subset: str, kind: str, files: int, megabytes: int
    ) -> None:
        version = self._chance.randrange(1, 32)
        size = int(megabytes * _MB * self._chance.uniform(0.6, 1.4))
        state = self._state(asset, subset)
        age = timedelta(minutes=self._chance.choice((2, 9, 40, 190, 700, 4000, 20000, 60000)))
        folder = f"{PROJECT}/{above}/{asset}/publish/{subset}/v{version:03}"
        name = f"{{root[work]}}/{folder}/{asset}_{subset}_v{version:03}"
        self._done = self._chance.uniform(0.05, 0.9)
        records = [
            {
                "_id": ObjectId(),
                "path": f"{name}.{1001 + number}.{kind}",
                "size": size,
                "sites": self._sites(state, number / files, number, age, name),
            }
            for number in range(files)
        ]
        found = self.studio.insert(
            {
                "name": kind,
                "files": records,
                "context": {
                    "project": {"name": PROJECT},
                    "asset": asset,
                    "hierarchy": above,
                    "subset": subset,
                    "version": version,
                    "task": {"name": "lighting"},
                    "username": self._chance.choice(_PEOPLE),
                },
            },
            project=PROJECT,
        )
        if state == "uploading":
            self._moving[PROJECT, found] = Progress(up_bytes=size * files // 30)
        elif state == "downloading":
            self._moving[PROJECT, found] = Progress(down_bytes=size * files // 40)

    def _state(self, asset: str, subset: str) -> str:
        if (asset, subset) in (("sh0020", FAILED_SUBSET), ("sh0070", "compMain")):
            return "failed"
        states = ("synced", "uploading", "downloading", "queued", "retrying", "paused")
        more = ("waiting", "not here", "partial")
        weights = (70, 2, 2, 9, 2, 3, 3, 6, 3)
        return self._chance.choices((*states, *more), weights)[0]

    def _sites(
        self, state: str, share: float, number: int, age: timedelta, name: str
    ) -> list[dict[str, object]]:
        """A file's entries, so that its representation is in a state."""
        there: dict[str, object] = {"created_dt": self._now - age}
        here: dict[str, object] = {"name": "studio", **there}
        remote: dict[str, object] = {"name": "backup"}
        is_done = share < self._done
        lease = lease_of(WORKER, 1)
        path = f"{name}.{1001 + number}.exr"
        failed: dict[str, object] = {
            "tries": 3,
            "error": SourceMissingError(site="studio", path=path).sentence,
            "last_failed_dt": self._now - timedelta(minutes=2),
        }
        match state:
            case "synced":
                return [here, {**remote, **there}]
            case "uploading":
                return [here, {**remote, **there} if is_done else {**remote, "lease": lease}]
            case "downloading":
                missing: dict[str, object] = {"name": "studio", "lease": lease}
                return [here if is_done else missing, {**remote, **there}]
            case "failed":
                if 6 <= number < 9:
                    return [here, {**remote, **failed}]
                return [here, {**remote, **there}]
            case "retrying":
                error = NameInTheWayError(site="backup", path=path, detail="a folder").sentence
                again = {"tries": 1, "error": error, "retry_at": self._now + timedelta(minutes=20)}
                return [here, {**remote, **again}]
            case "paused":
                return [here, {**remote, "paused": True, "paused_by": "anna"}]
            case "waiting":
                return [{"name": "studio"}, remote, {"name": "anna_home", **there}]
            case "not here":
                return [{**remote, **there}]
            case "partial":
                return [here, *([{**remote, **there}] if share < self._done else [])]
        return [here, remote]
