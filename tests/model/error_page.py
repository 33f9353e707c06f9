"""The page of all errors, made from the one table: `python -m tests.model.error_page > docs/errors.md`."""

from __future__ import annotations

import sys

from syncgui.model.errors import Scope, SyncError, every_error

_HEADINGS = {
    Scope.FILE: "A file",
    Scope.SITE: "A site as a whole",
    Scope.DATABASE: "The database",
    Scope.SETTINGS: "The settings",
}

_INTRODUCTION = """\
# Errors

What can go wrong, what happens then, and what you can do. SITE, PATH and DETAIL stand for the site, the
file and what the system said. Only a failure that belongs to the file itself costs one of its tries; a
site in trouble keeps its files queued and goes on by itself.

This page is made from the program's own table: `python -m tests.model.error_page > docs/errors.md`.
"""


def error_page() -> str:
    """The whole page, as it must lie in `docs/errors.md`."""
    sections = [_INTRODUCTION]
    for scope, heading in _HEADINGS.items():
        sections.append(f"## {heading}\n")
        sections.extend(_section(error) for error in every_error() if error.scope is scope)
    return "\n".join(sections)


def status_text(error: type[SyncError]) -> str:
    """The state in which the error leaves its file."""
    if error.scope is not Scope.FILE:
        return "queued"
    if error.costs_try:
        return "retrying, then failed"
    return "queued" if error.code in {"lease_lost", "cancelled"} else "retrying"


def _section(error: type[SyncError]) -> str:
    filled = error(site="SITE", path="PATH", detail="DETAIL")
    if error.waits_for_person:
        again = "when you have done something"
    elif error.retry_after_s is not None:
        again = f"by itself, after about {error.retry_after_s:g} s"
    else:
        again = "by itself"
    return (
        f"### {filled.title}\n\n"
        f"`{error.code}` · state: {status_text(error)} · a try: {'yes' if error.costs_try else 'no'}"
        f" · again: {again}\n\n"
        f"- What happened: {filled.sentence}\n"
        f"- What happens next: {filled.happens_next}\n"
        f"- What you can do: {filled.next_step}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(error_page())
