"""The statements that read the index, by name.

Each is answered by an index: its plan shows no SCAN, which a test asks of every statement here.
Statements that walk a whole project on purpose (sorting and searching the table) are in `table.py`.
"""

from __future__ import annotations

from syncgui.index.columns import RepColumns

_ENTRY = (
    "SELECT r.key, o.file_id, o.path, o.path_key, o.size, o.neg_priority, o.since, o.id, o.tries,"
    " o.next_try, o.lease, o.error"
)
_ORDER = " ORDER BY o.neg_priority, o.since, o.id LIMIT :limit"
_NEW = " AND (o.since >= :floor OR o.neg_priority <= :urgent)"
_AFTER = " AND (o.neg_priority, o.since, o.id) > (:priority, :since, :id)"

META = "SELECT value FROM meta WHERE key = ?"
PROJECT = "SELECT id, active, remote, retry_cnt, loop_delay, roots FROM project WHERE name = ?"
PROJECT_SUMS = "SELECT id, active, remote, scanned, every, available, odd FROM project WHERE name = ?"
PROJECT_NAME = "SELECT name FROM project WHERE id = ?"
TOTALS = "SELECT status, representations, files, bytes FROM total WHERE project = ?"

FLOW = "SELECT id FROM flow WHERE project = ? AND wanting = ? AND holding = ? AND both = ?"
LEVELS = (
    "SELECT DISTINCT large, tries FROM tally WHERE flow = ? AND mark = ? AND tries < ? ORDER BY large, tries"
)
TALLIES = "SELECT mark, tries, failing, files, bytes FROM tally WHERE flow = ?"

NEXT_READY = (
    f"{_ENTRY} FROM open AS o INDEXED BY open_order JOIN rep AS r ON r.id = o.rep"
    " WHERE o.flow = :flow AND o.mark = :mark AND o.large = :large AND o.tries = :tries"
    f"{_AFTER}{_ORDER}"
)
NEXT_WAITED = (
    f"{_ENTRY} FROM open AS o INDEXED BY open_due JOIN rep AS r ON r.id = o.rep"
    " WHERE o.flow = :flow AND o.mark = :mark AND o.large = :large AND o.tries = :tries"
    f" AND o.next_try > 0 AND o.next_try <= :now{_NEW}{_AFTER}{_ORDER}"
)
NEXT_SINCE = (
    f"{_ENTRY} FROM open AS o INDEXED BY open_order JOIN rep AS r ON r.id = o.rep"
    " WHERE o.flow = :flow AND o.mark = :mark AND o.large = :large AND o.tries = :tries"
    " AND o.neg_priority = :priority AND (o.since, o.id) > (:since, :id) ORDER BY o.since, o.id LIMIT :limit"
)
NEXT_PRIORITY = (
    "SELECT min(neg_priority) FROM open INDEXED BY open_order"
    " WHERE flow = ? AND mark = ? AND large = ? AND tries = ? AND neg_priority > ?"
)
SAME_PATH = (
    f"{_ENTRY} FROM open AS o INDEXED BY open_path JOIN rep AS r ON r.id = o.rep"
    " WHERE o.flow = :flow AND o.path_hash = :hash AND o.path_key = :key AND o.tries < :tries"
    " AND (o.mark = 0 OR (o.mark = 1 AND o.next_try <= :now)) LIMIT :limit"
)
NEXT_DUE = (
    "SELECT min(next_try) FROM open INDEXED BY open_due"
    " WHERE flow = ? AND mark = ? AND large = ? AND tries = ? AND next_try > 0 AND next_try > ?"
)
NEXT_WORKER = "SELECT min(worker) FROM open INDEXED BY open_worker WHERE worker IS NOT NULL AND worker > ?"
OF_WORKER = (
    "SELECT DISTINCT p.name, r.key FROM open AS o INDEXED BY open_worker"
    " JOIN rep AS r ON r.id = o.rep JOIN project AS p ON p.id = r.project WHERE o.worker = ? LIMIT ?"
)
LEASED_TO = "SELECT count(*) FROM open INDEXED BY open_worker WHERE worker = ? AND lead = 1"

PROBLEMS = (
    "SELECT r.key, o.path, o.site, o.tries, o.error, o.id FROM open AS o INDEXED BY open_failing"
    " JOIN rep AS r ON r.id = o.rep"
    " WHERE o.flow = ? AND o.mark = ? AND o.failing = 1 AND o.tries >= ?"
    " ORDER BY o.tries DESC, o.id DESC LIMIT ?"
)
ODD = (
    "SELECT key, notes FROM rep INDEXED BY rep_odd"
    " WHERE project = ? AND notes IS NOT NULL ORDER BY id LIMIT ?"
)
FAILED_TARGETS = (
    "SELECT o.id, r.key, o.file_id, o.path, o.site FROM open AS o INDEXED BY open_retry"
    " JOIN rep AS r ON r.id = o.rep"
    " WHERE o.project = ? AND o.id > ? AND o.failing = 1 AND o.lead = 1 ORDER BY o.id LIMIT ?"
)

PLACES = "SELECT id, roots FROM place WHERE project = ? AND site = ?"
FIRST_PRESENT = (
    "SELECT min(rep) FROM rep_place INDEXED BY rep_place_present WHERE place = ? AND rep >= ? AND files > 0"
)
LAST_PRESENT = "SELECT max(rep) FROM rep_place INDEXED BY rep_place_present WHERE place = ? AND files > 0"
PRESENT_FILES = (
    "SELECT total(t.files) FROM place AS p"
    " CROSS JOIN rep_place AS t INDEXED BY rep_place_present ON t.place = p.id AND t.files > 0"
    " WHERE p.project = ? AND p.site = ?"
)
KEY = "SELECT key FROM rep WHERE id = ?"

ROW = f"SELECT project, {', '.join(RepColumns._fields)} FROM rep WHERE id = ?"
ROW_ID = "SELECT id FROM rep WHERE project = ? AND key = ?"
ROW_PLACES = (
    "SELECT p.site, t.files, t.bytes, t.newest FROM rep_place AS t JOIN place AS p ON p.id = t.place"
    " WHERE t.rep = ?"
)
PROJECT_AND_KEY = "SELECT p.name, r.key FROM rep AS r JOIN project AS p ON p.id = r.project WHERE r.id = ?"
ROWS_AFTER = (
    "SELECT id FROM rep INDEXED BY rep_project WHERE project = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?"
)
ANY_WAITED = "SELECT 1 FROM open INDEXED BY open_wake WHERE next_try > 0 AND next_try <= ? LIMIT 1"
