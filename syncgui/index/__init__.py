"""The derived, disposable index of the store: quick answers for the planner and for the table."""

from syncgui.index.index import Index
from syncgui.index.indexer import Indexer
from syncgui.index.values import Caught, FileProblem, Movement, OpenEntry, Row, SiteTally, Totals, View

__all__ = [
    "Caught",
    "FileProblem",
    "Index",
    "Indexer",
    "Movement",
    "OpenEntry",
    "Row",
    "SiteTally",
    "Totals",
    "View",
]
