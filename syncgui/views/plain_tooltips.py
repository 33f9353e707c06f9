"""Tooltips that show a text as it is: Qt reads what looks like markup as markup, and has no switch for it."""

from __future__ import annotations

import html


def plain_tooltip(text: str) -> str:
    """A tooltip that shows the text as it is, whatever it looks like."""
    return f"<qt>{html.escape(text)}</qt>".replace("\n", "<br>") if "<" in text else text
