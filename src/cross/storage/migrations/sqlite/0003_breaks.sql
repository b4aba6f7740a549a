-- Differences between the books and what an operator says: opened once, for a person to look at.
CREATE TABLE breaks (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    kind TEXT NOT NULL,
    operator TEXT NOT NULL,
    reference TEXT NOT NULL,
    movement TEXT NOT NULL,
    expected TEXT NOT NULL,
    heard TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (reference, kind, heard)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER breaks_are_kept BEFORE DELETE ON breaks
BEGIN SELECT RAISE(ABORT, 'a break is never deleted'); END;
