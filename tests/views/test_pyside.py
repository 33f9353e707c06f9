"""PySide6 keeps its references: some pairs with Python lose those of None and True and end the process."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal, Slot

EACH = 10_000

class Sender(QThread):
    told = Signal(object, bool, object)

    def run(self):
        for number in range(EACH):
            self.told.emit(None, True, (number, None))
        self.told.emit(None, False, "end")

class Receiver(QObject):
    def __init__(self):
        super().__init__()
        self.seen = 0

    @Slot(object, bool, object)
    def hear(self, nothing, flag, thing):
        assert nothing is None
        if thing == "end":
            assert flag is False
            qt.quit()
        else:
            assert flag is True and thing == (self.seen, None)
            self.seen += 1

qt = QCoreApplication([])
sender, receiver = Sender(), Receiver()
sender.told.connect(receiver.hear)
before = [sys.getrefcount(one) for one in (None, True, False)]
sender.start()
qt.exec()
sender.wait()
after = [sys.getrefcount(one) for one in (None, True, False)]
assert receiver.seen == EACH
print(*[late - early for early, late in zip(before, after)])
"""


def test_ten_thousand_signals_across_a_thread_lose_no_reference() -> None:
    line = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(line, check=False, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    changes = [int(word) for word in ended.stdout.split()]
    assert len(changes) == 3
    # From Python 3.12 on these three are immortal and their counts stand still.
    assert all(abs(change) < 1000 for change in changes), changes
