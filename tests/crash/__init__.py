"""Kills the real program at a chosen system call, and looks whether the promises held.

`python -m tests.crash` does it at every call that matters; the suite at one of each kind.
"""
