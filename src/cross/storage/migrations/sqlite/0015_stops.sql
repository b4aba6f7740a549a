-- Safety stops (I-46): at an operator, or at all of them (`*`), no new money is asked for nor paid
-- out until people lift it. `found` is what a monitor saw, in words that stay the same while it is
-- the same; a stop lifted over it (`overridden`) is not placed again for it.
CREATE TABLE stops (
    id TEXT PRIMARY KEY,
    operator TEXT NOT NULL,
    cause TEXT NOT NULL,
    found TEXT NOT NULL,
    holds_credits INTEGER NOT NULL CHECK (holds_credits IN (0, 1)),
    placed_by TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    lifted_by TEXT,
    lifted_at INTEGER,
    lift_reason TEXT,
    overridden INTEGER NOT NULL DEFAULT 0 CHECK (overridden IN (0, 1)),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CHECK ((lifted_at IS NULL) = (lift_reason IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX stops_in_force ON stops (operator, cause) WHERE lifted_at IS NULL;

CREATE TRIGGER stops_stay_what_they_are
BEFORE UPDATE OF id, operator, cause, found, holds_credits, placed_by, placed_at ON stops
BEGIN
    SELECT RAISE(ABORT, 'a stop stays what it is');
END;
CREATE TRIGGER stops_are_lifted_once BEFORE UPDATE ON stops WHEN OLD.lifted_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a stop is lifted once');
END;
CREATE TRIGGER stops_are_kept BEFORE DELETE ON stops
BEGIN
    SELECT RAISE(ABORT, 'a stop is never deleted');
END;

-- What is wrong now, and what was: each turn is told once (S-LOG-05). `told_at` is when the page of
-- the last turn was taken, where one is sent.
CREATE TABLE alarms (
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('raised', 'cleared')),
    detail TEXT NOT NULL,
    times INTEGER NOT NULL,
    turned_at INTEGER NOT NULL,
    told_at INTEGER,
    PRIMARY KEY (name, subject)
) STRICT, WITHOUT ROWID;

-- Up to which entry an account's balance was once found to be the sum of its postings, and that
-- sum: where the watch goes on after a start, so that a float's millions are not added up again.
CREATE TABLE balance_marks (
    account INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
