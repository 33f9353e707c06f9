"""Applying what a person asked for: edits in chunks, counted by files, and the running loop woken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from syncgui.application import Application
from syncgui.commands.choosing import Choice
from syncgui.model.edits import Edit, Target
from syncgui.model.representation import File, Representation

_CHUNK = 1_000

EditsOfFile = Callable[[Representation, File], Iterable[Edit]]
"""What is to be changed of one file: only edits that will change something."""


def edit_chosen(application: Application, choices: Sequence[Choice], edits_of: EditsOfFile) -> int:
    """Edit everything that was chosen; how many files were changed."""
    return sum(
        edit_all(
            application,
            choice.name,
            (
                [edit for file in files for edit in edits_of(representation, file)]
                for representation, files in choice.representations(application.store)
            ),
        )
        for choice in choices
    )


def edit_all(application: Application, project: str, groups: Iterable[list[Edit]]) -> int:
    """Apply groups of edits, each about other files than the rest; how many files were changed."""
    files = 0
    for chunk in _chunks(groups):
        changed = application.store.edit(project, chunk)
        # Several edits of one file are one file; what somebody else did meanwhile is not ours to count.
        files += min(changed, len({(one.target.representation, one.target.file) for one in chunk}))
    application.state.wake()
    return files


def target(representation: Representation, file: File, site: str) -> Target:
    """A file's entry."""
    return Target(representation.id, file.ref, site)


def _chunks(groups: Iterable[list[Edit]]) -> Iterator[list[Edit]]:
    chunk: list[Edit] = []
    for group in groups:
        chunk.extend(group)
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
