"""`settings check`: each problem with its file, its key and what is allowed."""

from __future__ import annotations

import json

from tests.commands.program import PublishingStudio
from tests.engine.studio import change_settings


def test_good_settings_end_with_0(studio: PublishingStudio) -> None:
    studio.published("a.exr")
    done = studio.run("settings", "check")
    assert done.code == 0
    assert "Nothing is wrong" in done.out


def test_a_wrong_value_is_told_with_everything_that_mends_it(studio: PublishingStudio) -> None:
    change_settings(studio, lambda server: server["config"].update(retry_cnt="many"))
    done = studio.run("settings", "check", "--json")
    assert done.code == 2
    problems = done.json["problems"]
    assert isinstance(problems, list)
    (problem,) = [one for one in problems if "retry_cnt" in one["key"]]
    assert problem["file"].endswith("global.json")
    assert "many" in problem["found"]
    assert problem["allowed"] and problem["remedy"]
    text = studio.run("settings", "check").out
    assert problem["file"] in text
    assert problem["allowed"] in text


def test_a_file_that_is_no_json_is_told(studio: PublishingStudio) -> None:
    path = studio.settings_dir / "project_settings" / "global.json"
    path.write_text("{ not json")
    done = studio.run("settings", "check")
    assert done.code == 2
    assert str(path) in done.out


def test_the_classic_settings_say_what_studio_lacks_and_how_to_give_it(studio: PublishingStudio) -> None:
    path = studio.settings_dir / "project_settings" / "global.json"
    classic = {
        "enabled": True,
        "config": {"local_id": "local_0", "publish_site": "studio", "remote_site": "gdrive"},
        "sites": {
            "gdrive": {
                "provider": "gdrive",
                "credentials_url": "/my_secret_folder/credentials.json",
                "root": {"root_one": "/My Drive/work_folder", "root_two": "/My Drive/publish_folder"},
            }
        },
    }
    path.write_text(json.dumps({"sync_server": classic}))
    studio.publish(["a.exr"])
    done = studio.run("settings", "check")
    assert done.code == 2
    assert "--root studio:root_one=PATH" in done.out
    one, two = studio.folder / "one", studio.folder / "two"
    set_roots = ("--root", f"studio:root_one={one}", "--root", f"studio:root_two={two}")
    assert studio.run("sites", "set", *set_roots).code == 0
    problems = studio.run("settings", "check", "--json").json["problems"]
    assert isinstance(problems, list)
    assert [one for one in problems if one["fatal"]] == []


def test_settings_are_checked_before_there_is_a_database(studio: PublishingStudio) -> None:
    studio.program.options = studio.options()[:4]
    assert studio.run("settings", "check").code == 0
    assert not (studio.folder / "home" / "syncgui.sqlite").exists()
