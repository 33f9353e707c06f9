"""Ways of keeping files somewhere: one file per provider, one small interface, one registry.

Only `syncgui.model` is known here. A provider moves the bytes of one file and says what lies where; who
gets which file when, and what is recorded, is decided elsewhere.
"""
