"""What a command raises when it can not be done as it was asked for."""

from __future__ import annotations


class RefusedError(Exception):
    """Wrong usage: nothing was changed, and the program ends with 2.

    Args:
        sentence: what is wrong.
        next_step: what to do, a sentence.
    """

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.next_step = next_step
