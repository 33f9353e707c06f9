"""The engine: finds open files, moves them, records them. No Qt, no terminal.

Clock, random, waiting and file operations are passed in; see `environment`. Nothing here is known to
views or commands but `Engine`, its events and the report of the doctor.
"""
