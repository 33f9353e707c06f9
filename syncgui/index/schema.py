"""The tables of the index file.

Everything in it can be made again from the store: a file with another schema version is not converted
but made anew. Site names are texts; `flow` and `place` give small numbers to what repeats in each row.
An empty `holding` means that no site has the file.
"""

from __future__ import annotations

SCHEMA_VERSION = 1

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE project (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    active TEXT NOT NULL DEFAULT '',
    remote TEXT,
    retry_cnt INTEGER NOT NULL DEFAULT 1,
    loop_delay REAL NOT NULL DEFAULT 0,
    roots TEXT NOT NULL DEFAULT '{}',
    scanned INTEGER NOT NULL DEFAULT 0,
    refresh_after INTEGER,              -- pair columns follow a new view: row ids above this one ...
    refresh_until INTEGER,              -- ... up to this one are still to be read again
    every INTEGER NOT NULL DEFAULT 0,
    available INTEGER NOT NULL DEFAULT 0,
    odd INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE total (
    project INTEGER NOT NULL, status INTEGER NOT NULL,
    representations INTEGER NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (project, status)
) WITHOUT ROWID;

CREATE TABLE rep (
    id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL, key TEXT NOT NULL,
    parent TEXT NOT NULL, name TEXT NOT NULL, asset TEXT NOT NULL, subset TEXT NOT NULL,
    version INTEGER, hero INTEGER NOT NULL, hierarchy TEXT NOT NULL, task TEXT NOT NULL,
    username TEXT NOT NULL, files INTEGER NOT NULL, size INTEGER NOT NULL, changed REAL NOT NULL,
    status INTEGER NOT NULL, rank INTEGER NOT NULL, shown INTEGER NOT NULL, among INTEGER NOT NULL,
    packed BLOB NOT NULL, available INTEGER NOT NULL,
    active_share REAL NOT NULL, remote_share REAL NOT NULL,
    priority INTEGER NOT NULL, error TEXT, direction TEXT, paused_by TEXT, waits_for TEXT,
    next_try REAL, notes TEXT
);
CREATE UNIQUE INDEX rep_key ON rep (project, key);
CREATE INDEX rep_order ON rep (project, rank, changed DESC, id);
CREATE INDEX rep_status ON rep (project, status);
CREATE INDEX rep_project ON rep (project);
CREATE INDEX rep_odd ON rep (project) WHERE notes IS NOT NULL;

CREATE TABLE rep_text (id INTEGER PRIMARY KEY, search TEXT NOT NULL);

CREATE TABLE place (
    id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL, site TEXT NOT NULL, roots TEXT NOT NULL,
    UNIQUE (project, site, roots)
);
CREATE TABLE rep_place (
    rep INTEGER NOT NULL, place INTEGER NOT NULL,
    files INTEGER NOT NULL, bytes INTEGER NOT NULL, newest REAL,
    PRIMARY KEY (rep, place)
) WITHOUT ROWID;
CREATE INDEX rep_place_present ON rep_place (place, rep) WHERE files > 0;

CREATE TABLE flow (
    id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL, wanting TEXT NOT NULL, holding TEXT NOT NULL,
    both INTEGER NOT NULL,              -- 1: both sites want the file, neither has it, it failed
    UNIQUE (project, wanting, holding, both)
);
CREATE TABLE open (
    id INTEGER PRIMARY KEY,
    rep INTEGER NOT NULL, project INTEGER NOT NULL,
    position INTEGER NOT NULL, flow INTEGER NOT NULL, file_id TEXT, path TEXT NOT NULL,
    path_key TEXT NOT NULL, path_hash INTEGER NOT NULL, size INTEGER, large INTEGER NOT NULL,
    mark INTEGER NOT NULL, tries INTEGER NOT NULL, neg_priority INTEGER NOT NULL,
    since REAL NOT NULL, next_try REAL NOT NULL, lease TEXT, worker TEXT, error TEXT, site TEXT NOT NULL,
    progress REAL, moved_at REAL NOT NULL, failing INTEGER NOT NULL, lead INTEGER NOT NULL
);
CREATE INDEX open_rep ON open (rep);
CREATE INDEX open_order ON open (flow, mark, large, tries, neg_priority, since, id);
CREATE INDEX open_due ON open (flow, mark, large, tries, next_try) WHERE next_try > 0;
CREATE INDEX open_wake ON open (next_try) WHERE next_try > 0;
CREATE INDEX open_path ON open (flow, path_hash);
CREATE INDEX open_worker ON open (worker) WHERE worker IS NOT NULL;
CREATE INDEX open_failing ON open (flow, mark, tries, id) WHERE failing = 1;
CREATE INDEX open_retry ON open (project, id) WHERE failing = 1 AND lead = 1;

CREATE TABLE tally (
    flow INTEGER NOT NULL, mark INTEGER NOT NULL, large INTEGER NOT NULL,
    tries INTEGER NOT NULL, failing INTEGER NOT NULL,
    files INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (flow, mark, large, tries, failing)
) WITHOUT ROWID;
"""
