"""Files folded into lines, and the table that shows them."""

from __future__ import annotations

import dataclasses
from functools import partial

from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from syncgui.model.status import Direction, Pair, Status
from syncgui.views.detail_files import Column, FileLines, FilesView, line_tooltip, shortened, side_icon
from syncgui.views.file_lines import FileFacts, Line, Side, fold

ALL_SIDES = (Side.PRESENT, Side.WANTED, Side.ABSENT)


def fact(
    name: str, status: Status = Status.SYNCED, *, folder: str = "{work}/shot", error: str = ""
) -> FileFacts:
    remote = Side.PRESENT if status is Status.SYNCED else Side.WANTED
    return FileFacts(name, folder, f"{folder}/{name}", 10, status, None, Side.PRESENT, remote, error)


def frames(first: int, last: int, status: Status = Status.SYNCED, step: int = 1) -> list[FileFacts]:
    return [fact(f"sh010_renderMain_v001.{n:04d}.exr", status) for n in range(first, last + 1, step)]


def shown(lines: tuple[Line, ...]) -> list[tuple[str, int, Status]]:
    return [(line.name, line.files, line.status) for line in lines]


def line(name: str, status: Status = Status.SYNCED) -> Line:
    (found,) = fold([fact(name, status)])
    return found


def test_a_sequence_is_one_line_for_each_run_of_equal_state() -> None:
    found = fold([*frames(1009, 1079), *frames(1001, 1008, Status.QUEUED)])
    assert shown(found) == [
        ("sh010_renderMain_v001.1001-1008.exr", 8, Status.QUEUED),
        ("sh010_renderMain_v001.1009-1079.exr", 71, Status.SYNCED),
    ]
    assert [one.size_bytes for one in found] == [80, 710]


def test_ten_thousand_frames_stay_a_few_lines_even_if_every_other_one_waits() -> None:
    found = fold([*frames(1, 10_000, step=2), *frames(2, 10_000, Status.QUEUED, step=2)])
    assert shown(found) == [
        ("sh010_renderMain_v001.0002-10000.exr", 5_000, Status.QUEUED),
        ("sh010_renderMain_v001.0001-9999.exr", 5_000, Status.SYNCED),
    ]


def test_a_few_holes_leave_a_line_for_each_run() -> None:
    names = [one.name for one in fold([*frames(1, 10), *frames(12, 12), *frames(20, 30)])]
    assert names == [
        "sh010_renderMain_v001.0001-0010.exr",
        "sh010_renderMain_v001.0012.exr",
        "sh010_renderMain_v001.0020-0030.exr",
    ]


def test_what_failed_comes_first_and_what_is_synced_last() -> None:
    order = (
        Status.FAILED,
        Status.IN_PROGRESS,
        Status.RETRYING,
        Status.QUEUED,
        Status.PAUSED,
        Status.NO_SOURCE,
        Status.NOT_REQUESTED,
        Status.NOT_ASKED,
        Status.SYNCED,
    )
    found = fold([fact(f"{'abcdefghi'[n]}.exr", status) for n, status in enumerate(reversed(order))])
    assert tuple(one.status for one in found) == order


def test_names_are_sorted_as_people_count() -> None:
    found = fold([fact(name) for name in ("Tex10.a", "tex9.b", "tex9.a", "1001", "notes", "tex")])
    assert [one.name for one in found] == ["1001", "notes", "tex", "tex9.a", "tex9.b", "Tex10.a"]


def test_frames_in_two_folders_are_two_lines() -> None:
    found = fold([fact(f"a.{n}.exr", folder=folder) for folder in ("left", "right") for n in (1, 2)])
    assert shown(found) == [("a.1-2.exr", 2, Status.SYNCED)] * 2


def test_frames_that_failed_for_one_cause_are_one_line_and_others_stand_apart() -> None:
    failed = partial(fact, status=Status.FAILED)
    found = fold(
        [
            *(failed(f"a.{n}.exr", error=f"{{work}}/shot/a.{n}.exr is gone") for n in (1, 2)),
            failed("a.3.exr", error="no room"),
        ]
    )
    assert [(one.name, one.error) for one in found] == [
        ("a.1-2.exr", "{work}/shot/a.1.exr is gone"),
        ("a.3.exr", "no room"),
    ]


def test_extensions_with_digits_and_double_ones_are_no_frames() -> None:
    assert [one.name for one in fold([fact("a_0001.mp4"), fact("a_0002.mp4")])] == ["a_0001-0002.mp4"]
    assert [one.name for one in fold([fact("s.1.bgeo.sc"), fact("s.2.bgeo.sc")])] == ["s.1-2.bgeo.sc"]
    assert [one.name for one in fold([fact("one.mp4"), fact("two.mp4")])] == ["one.mp4", "two.mp4"]


def test_a_file_that_is_listed_twice_is_told_twice() -> None:
    assert shown(fold([fact("a.1.exr"), fact("a.1.exr")])) == [("a.1.exr", 1, Status.SYNCED)] * 2


def test_names_that_can_not_be_printed_stay_one_line() -> None:
    (found,) = fold([fact("a\n\x1b[2Jb.exr")])
    assert found.name == "a��[2Jb.exr"


def test_the_model_is_a_proper_one_through_all_its_changes(qtmodeltester: ModelTester, qtbot: QtBot) -> None:
    model = FileLines()
    model.set_sites(Pair("studio", "gdrive"), QIcon(), QIcon())
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    for count in (0, 3, 5, 2, 0, 4):
        model.update(tuple(line(f"name{n * 7}.txt") for n in range(count)))
        assert model.rowCount() == count
    model.replace((line("other.txt"),))
    assert model.rowCount() == 1


def test_a_newer_state_changes_rows_in_place(qtbot: QtBot) -> None:
    model = FileLines()
    before = (line("a.txt"), line("b.txt"), line("c.txt"))
    model.replace(before)
    kept = QPersistentModelIndex(model.index(2, 0))
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.update((before[0], line("b.txt", Status.QUEUED), before[2]))
    assert told == [(1, 1)]
    assert kept.isValid()
    model.update(before[:1])
    assert not kept.isValid()


def test_roles_that_are_not_served_have_no_answer(qtbot: QtBot) -> None:
    model = FileLines()
    model.replace((line("a.txt"),))
    assert model.data(model.index(0, 0), Qt.ItemDataRole.SizeHintRole) is None
    assert model.data(model.index(0, 0), Qt.ItemDataRole.FontRole) is None


def test_sites_stand_in_words_for_those_who_do_not_see_icons(qtbot: QtBot) -> None:
    model = FileLines()
    model.set_sites(Pair("studio", "gdrive"), QIcon(), QIcon())
    moving = dataclasses.replace(line("a.txt", Status.IN_PROGRESS), direction=Direction.UPLOAD)
    model.replace((moving, line("b.txt", Status.FAILED)))
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.data(model.index(0, Column.ACTIVE), role) == "On studio"
    assert model.data(model.index(0, Column.REMOTE), role) == "gdrive: uploading"
    assert model.data(model.index(1, Column.REMOTE), role) == "gdrive: failed"


def test_no_two_states_of_a_wanted_file_share_an_icon() -> None:
    wanted = [side_icon(line("a", status), Side.WANTED)[0] for status in Status]
    assert len(set(wanted)) == len(wanted)
    assert len({side_icon(line("a", Status.FAILED), side)[0] for side in ALL_SIDES}) == 3


def test_markup_in_names_and_errors_is_shown_as_it_is() -> None:
    found = dataclasses.replace(line("<b>bold</b>.exr"), error="<img src=x> broke")
    assert "&lt;b&gt;bold&lt;/b&gt;.exr" in line_tooltip(found)
    assert "&lt;img src=x&gt; broke" in line_tooltip(found)


def test_long_names_keep_their_frames_when_they_are_shortened() -> None:
    (found,) = fold(frames(1009, 1079))
    assert shortened(found, lambda text: len(text) <= 60) == "sh010_renderMain_v001.1009-1079.exr (71)"
    assert shortened(found, lambda text: len(text) <= 25) == "sh010_…1009-1079.exr (71)"
    assert shortened(found, lambda text: len(text) <= 3) == "…1009-1079.exr (71)"


def test_names_of_the_selected_lines_are_copied(qtbot: QtBot) -> None:
    view = FilesView()
    qtbot.addWidget(view)
    view.lines.replace((line("a.txt"), line("b.txt"), line("c.txt")))
    view.selectAll()
    view.copy_names()
    assert QGuiApplication.clipboard().text() == "a.txt\nb.txt\nc.txt"


def test_narrow_tables_name_sites_by_icon_and_tooltip(qtbot: QtBot) -> None:
    view = FilesView()
    qtbot.addWidget(view)
    view.lines.set_sites(Pair("studio", None), QIcon(), QIcon())
    view.show()
    across, tip = Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    for width, text in ((600, "studio"), (280, "")):
        view.resize(width, 200)
        qtbot.waitUntil(lambda text=text: view.lines.headerData(Column.ACTIVE, across) == text)  # type: ignore[misc]
        assert view.lines.headerData(Column.ACTIVE, across, tip) == "studio · this machine"
        assert view.lines.headerData(Column.REMOTE, across, tip) == "nobody · remote"
