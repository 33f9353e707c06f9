"""Everything Qt: the thread that hosts the loop, tray, window, status table, detail, site picker.

Nothing below imports this package, and nothing here is imported before a window is wanted.
"""
