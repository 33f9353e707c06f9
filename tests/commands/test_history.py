"""`history`: what was moved from here, in text and as JSON."""

from __future__ import annotations

from tests.commands.program import PublishingStudio


def test_each_attempt_is_told_with_its_end(studio: PublishingStudio) -> None:
    studio.publish(["a.exr"])
    gone = studio.publish(["gone.exr"])
    (studio.root("studio") / "gone.exr").unlink()
    assert studio.run("sync", "--once").code == 1
    attempts = studio.run("history", "--json").json["attempts"]
    assert isinstance(attempts, list)
    by_path = {one["path"]: one for one in attempts}
    done, failed = by_path["{root[work]}/a.exr"], by_path["{root[work]}/gone.exr"]
    assert (done["from"], done["to"], done["result"]) == ("studio", "backup", "done")
    assert done["size_bytes"] == done["moved_bytes"] == 5
    assert done["checksum"].startswith("xxh3_128:")
    assert (failed["result"], failed["representation"]) == ("source_missing", gone)
    text = studio.run("history", gone).out
    assert "gone.exr" in text
    assert "a.exr" not in text.replace("gone.exr", "")


def test_a_machine_that_moved_nothing_says_so(studio: PublishingStudio) -> None:
    done = studio.run("history")
    assert done.code == 0
    assert "Nothing was moved from here yet" in done.err + done.out
