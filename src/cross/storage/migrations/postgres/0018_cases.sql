-- What waits for people: who they are, what they propose and decide, and what needs them.

-- People who run Cross, each with a token of his own, of which only a hash is kept. One that is not
-- confirmed opens nothing.
CREATE TABLE admins (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    added_by text NOT NULL,
    added_at bigint NOT NULL,
    confirmed_by text,
    confirmed_at bigint,
    revoked_at bigint,
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL))
);

CREATE UNIQUE INDEX admins_by_name ON admins (name) WHERE revoked_at IS NULL;

CREATE TRIGGER admins_keep_who_they_are
    BEFORE UPDATE OF id, name, token_hash, added_by, added_at ON admins
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an admin stays who he is');
CREATE TRIGGER admins_stay_revoked BEFORE UPDATE ON admins
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL)
    EXECUTE FUNCTION refuse('a revoked admin stays revoked');
CREATE TRIGGER admins_are_kept BEFORE DELETE OR TRUNCATE ON admins
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an admin is never deleted');

-- What one person proposes and another decides. `made_with` and `decided_with` are their own
-- tokens' ids: what needs two is never approved by one, whatever the program does (I-35).
CREATE TABLE approvals (
    id text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    object text COLLATE "C" NOT NULL,
    version text NOT NULL,
    fields text NOT NULL,
    preview text NOT NULL,
    amount bigint,
    currency text,
    people integer NOT NULL CHECK (people IN (1, 2)),
    made_by text NOT NULL,
    made_with text COLLATE "C",
    made_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    state text NOT NULL CHECK (state IN
        ('proposed', 'approved', 'applied', 'failed', 'rejected', 'expired', 'stale')),
    decided_by text,
    decided_with text COLLATE "C",
    decided_at bigint,
    result text,
    CHECK ((amount IS NULL) = (currency IS NULL)),
    CHECK (people = 1 OR made_with IS NOT NULL),
    CHECK (people = 1 OR state NOT IN ('approved', 'applied', 'failed') OR
        (decided_with IS NOT NULL AND decided_with <> made_with AND decided_by <> made_by))
);

CREATE UNIQUE INDEX approvals_once ON approvals (kind, object)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX approvals_waiting ON approvals (expires_at) WHERE state IN ('proposed', 'approved');

CREATE TRIGGER approvals_keep_what_was_proposed
    BEFORE UPDATE OF id, kind, object, version, fields, preview, amount, currency, people, made_by,
        made_with, made_at, expires_at ON approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('what was proposed does not change');
CREATE TRIGGER approvals_are_decided_once BEFORE UPDATE ON approvals
    FOR EACH ROW WHEN (NOT (OLD.state = 'proposed' AND NEW.state NOT IN ('proposed', 'applied', 'failed')
        OR OLD.state = 'approved' AND NEW.state IN ('applied', 'failed')
            AND NEW.decided_by IS NOT DISTINCT FROM OLD.decided_by
            AND NEW.decided_with IS NOT DISTINCT FROM OLD.decided_with))
    EXECUTE FUNCTION refuse('a proposal is decided once');
CREATE TRIGGER approvals_are_kept BEFORE DELETE OR TRUNCATE ON approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a proposal is never deleted');

-- What needs a person: one open case an object.
CREATE TABLE cases (
    id text COLLATE "C" PRIMARY KEY,
    source text COLLATE "C" NOT NULL CHECK (source IN ('movement', 'break', 'suspense', 'approval')),
    object text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    movement text COLLATE "C",
    merchant text,
    operator text,
    amount bigint,
    currency text,
    owner text COLLATE "C" NOT NULL,
    deadline bigint NOT NULL,
    opened_at bigint NOT NULL,
    version integer NOT NULL,
    escalated_at bigint,
    closed_at bigint,
    closed_because text,
    CHECK ((closed_at IS NULL) = (closed_because IS NULL))
);

CREATE UNIQUE INDEX cases_once ON cases (source, object) WHERE closed_at IS NULL;
CREATE INDEX cases_by_deadline ON cases (deadline, id) WHERE closed_at IS NULL;
CREATE INDEX cases_of_movement ON cases (movement) WHERE closed_at IS NULL;

CREATE TRIGGER cases_step_by_one BEFORE UPDATE ON cases
    FOR EACH ROW WHEN (NEW.version <> OLD.version + 1 OR OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION refuse('a case changes step by step until it is closed');
CREATE TRIGGER cases_are_kept BEFORE DELETE OR TRUNCATE ON cases
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a case is never deleted');

-- A break is closed once, by a person's decision: which one, and when.
ALTER TABLE breaks ADD COLUMN closed_at bigint;
ALTER TABLE breaks ADD COLUMN fix text;
ALTER TABLE breaks ADD COLUMN closed_by text;

CREATE INDEX breaks_open ON breaks (id) WHERE state = 'open';
CREATE TRIGGER breaks_stay_closed BEFORE UPDATE ON breaks
    FOR EACH ROW WHEN (OLD.state <> 'open')
    EXECUTE FUNCTION refuse('a closed break does not change');
CREATE TRIGGER breaks_keep_what_differs
    BEFORE UPDATE OF id, merchant, livemode, kind, operator, reference, movement, expected, heard,
        opened_at ON breaks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('what a break is about does not change');

CREATE INDEX movements_attention ON movements (id) WHERE attention IS NOT NULL AND is_final = 0;
