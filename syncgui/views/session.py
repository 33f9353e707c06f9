"""One open studio: the parts, the loop in its thread, and what the windows know of it.

Lives in the thread of the windows. Commands go in and are carried out elsewhere; events come out of the
loop's thread in batches and are told here at most 12 times a second. Nothing here waits for a disk.
"""
