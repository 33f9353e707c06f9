"""Which partial of an earlier try is gone on with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from syncgui.engine.begun import Begun
from syncgui.engine.checksums import Checksums
from syncgui.engine.environment import SystemClock, Worth, real_environment
from syncgui.engine.job import Job
from syncgui.engine.moving import Moving
from syncgui.engine.recovery import Recovery
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.source_gate import Look
from syncgui.providers.file_operations import file_operations
from syncgui.providers.local_folder import LocalFolder, partial_name
from syncgui.state import Partial
from tests.engine.studio import Studio

_OURS = "w-ours"


def test_one_that_was_noted_and_never_made_does_not_hide_an_earlier_one(studio: Studio) -> None:
    root = str(studio.root("backup"))
    made, never_made = (partial_name("a.mov", _OURS, number) for number in (1, 2))
    studio.write(f"show/{made}", b"half", "backup")
    now = SystemClock().wall_s()
    for name in (made, never_made):
        studio.app.state.note_partials(_OURS, [Partial("backup", root, "show/a.mov", name, "content", now)])
    recovery = Recovery(studio.app.store, studio.app.state, SiteAccesses(real_environment()), SystemClock())
    begun = Begun(studio.app.state, recovery, SystemClock(), Worth(1, 1))
    job = cast("Job", SimpleNamespace(placed=SimpleNamespace(parts=("show", "a.mov"))))
    wanted = Moving(job, Look(size_bytes=8, content="content"), Checksums())
    folder = LocalFolder("backup", root, file_operations())
    found = begun.find(wanted, _OURS, "backup", root, folder)
    assert [part.name for _, part in found] == [made, never_made]
