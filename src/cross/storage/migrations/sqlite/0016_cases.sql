-- What waits for people: who they are, what they propose and decide, and what needs them.

-- People who run Cross, each with a token of his own, of which only a hash is kept. One that is not
-- confirmed opens nothing.
CREATE TABLE admins (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    added_by TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    confirmed_by TEXT,
    confirmed_at INTEGER,
    revoked_at INTEGER,
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX admins_by_name ON admins (name) WHERE revoked_at IS NULL;

CREATE TRIGGER admins_keep_who_they_are
BEFORE UPDATE OF id, name, token_hash, added_by, added_at ON admins
BEGIN SELECT RAISE(ABORT, 'an admin stays who he is'); END;
CREATE TRIGGER admins_stay_revoked BEFORE UPDATE ON admins WHEN OLD.revoked_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a revoked admin stays revoked'); END;
CREATE TRIGGER admins_are_kept BEFORE DELETE ON admins
BEGIN SELECT RAISE(ABORT, 'an admin is never deleted'); END;

-- What one person proposes and another decides. `made_with` and `decided_with` are their own
-- tokens' ids: what needs two is never approved by one, whatever the program does (I-35).
CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    version TEXT NOT NULL,
    fields TEXT NOT NULL,
    preview TEXT NOT NULL,
    amount INTEGER,
    currency TEXT,
    people INTEGER NOT NULL CHECK (people IN (1, 2)),
    made_by TEXT NOT NULL,
    made_with TEXT,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('proposed', 'approved', 'applied', 'failed', 'rejected', 'expired', 'stale')),
    decided_by TEXT,
    decided_with TEXT,
    decided_at INTEGER,
    result TEXT,
    CHECK ((amount IS NULL) = (currency IS NULL)),
    CHECK (people = 1 OR made_with IS NOT NULL),
    CHECK (people = 1 OR state NOT IN ('approved', 'applied', 'failed') OR
        (decided_with IS NOT NULL AND decided_with <> made_with AND decided_by <> made_by))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX approvals_once ON approvals (kind, object)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX approvals_waiting ON approvals (expires_at) WHERE state IN ('proposed', 'approved');

CREATE TRIGGER approvals_keep_what_was_proposed
BEFORE UPDATE OF id, kind, object, version, fields, preview, amount, currency, people, made_by,
    made_with, made_at, expires_at ON approvals
BEGIN SELECT RAISE(ABORT, 'what was proposed does not change'); END;
CREATE TRIGGER approvals_are_decided_once BEFORE UPDATE ON approvals
    WHEN NOT (OLD.state = 'proposed' AND NEW.state NOT IN ('proposed', 'applied', 'failed')
        OR OLD.state = 'approved' AND NEW.state IN ('applied', 'failed')
            AND NEW.decided_by IS OLD.decided_by AND NEW.decided_with IS OLD.decided_with)
BEGIN SELECT RAISE(ABORT, 'a proposal is decided once'); END;
CREATE TRIGGER approvals_are_kept BEFORE DELETE ON approvals
BEGIN SELECT RAISE(ABORT, 'a proposal is never deleted'); END;

-- What needs a person: one open case an object.
CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL CHECK (source IN ('movement', 'break', 'suspense', 'approval')),
    object TEXT NOT NULL,
    reason TEXT NOT NULL,
    movement TEXT,
    merchant TEXT,
    operator TEXT,
    amount INTEGER,
    currency TEXT,
    owner TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    escalated_at INTEGER,
    closed_at INTEGER,
    closed_because TEXT,
    CHECK ((closed_at IS NULL) = (closed_because IS NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX cases_once ON cases (source, object) WHERE closed_at IS NULL;
CREATE INDEX cases_by_deadline ON cases (deadline, id) WHERE closed_at IS NULL;
CREATE INDEX cases_of_movement ON cases (movement) WHERE closed_at IS NULL;

CREATE TRIGGER cases_step_by_one BEFORE UPDATE ON cases
    WHEN NEW.version <> OLD.version + 1 OR OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a case changes step by step until it is closed'); END;
CREATE TRIGGER cases_are_kept BEFORE DELETE ON cases
BEGIN SELECT RAISE(ABORT, 'a case is never deleted'); END;

-- A break is closed once, by a person's decision: which one, and when.
ALTER TABLE breaks ADD COLUMN closed_at INTEGER;
ALTER TABLE breaks ADD COLUMN fix TEXT;
ALTER TABLE breaks ADD COLUMN closed_by TEXT;

CREATE INDEX breaks_open ON breaks (id) WHERE state = 'open';
CREATE TRIGGER breaks_stay_closed BEFORE UPDATE ON breaks WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a closed break does not change'); END;
CREATE TRIGGER breaks_keep_what_differs
BEFORE UPDATE OF id, merchant, livemode, kind, operator, reference, movement, expected, heard,
    opened_at ON breaks
BEGIN SELECT RAISE(ABORT, 'what a break is about does not change'); END;

CREATE INDEX movements_attention ON movements (id) WHERE attention IS NOT NULL AND is_final = 0;
