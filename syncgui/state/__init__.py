"""What this machine must remember and can not derive: results not yet recorded, partials, roots, control."""

from syncgui.state.contacts import EVERYTHING, Answer, ContactKey, Contacts, Word
from syncgui.state.ledger import Attempt
from syncgui.state.results import KeptResult
from syncgui.state.resuming import Partial
from syncgui.state.roots import RootMemory
from syncgui.state.state_file import Control, StateFile
from syncgui.state.troubles import SiteTrouble

__all__ = [
    "EVERYTHING",
    "Answer",
    "Attempt",
    "ContactKey",
    "Contacts",
    "Control",
    "KeptResult",
    "Partial",
    "RootMemory",
    "SiteTrouble",
    "StateFile",
    "Word",
]
