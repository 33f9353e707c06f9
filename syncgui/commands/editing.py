"""Applying what a person asked for to what was chosen by ids, paths or `--all`."""

from __future__ import annotations

from collections.abc import Sequence

from syncgui.actions import Action, EditsOfFile, apply_all, edits
from syncgui.application import Application
from syncgui.commands.choosing import Choice


def act_on_chosen(application: Application, choices: Sequence[Choice], action: Action) -> int:
    """Do what the window does with rows; how many files were changed."""
    return sum(edit_chosen(application, [one], edits(application, one.project, action)) for one in choices)


def edit_chosen(application: Application, choices: Sequence[Choice], edits_of: EditsOfFile) -> int:
    """Edit everything that was chosen; how many files were changed."""
    return sum(
        apply_all(
            application,
            choice.name,
            (
                [edit for file in files for edit in edits_of(representation, file)]
                for representation, files in choice.representations(application.store)
            ),
        )
        for choice in choices
    )
