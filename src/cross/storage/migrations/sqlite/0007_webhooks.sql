-- Where merchants hear of their events, and what became of each event at each endpoint.
-- `secret` and `previous_secret` are sealed. From `moves_at` on it leads to `moves_to`.
-- `events` is `*`, or types between spaces.
CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    description TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until INTEGER,
    failing_since INTEGER,
    told INTEGER NOT NULL,
    version INTEGER NOT NULL,
    moves_to TEXT,
    moves_at INTEGER,
    secret_from INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_endpoints_listed ON webhook_endpoints (merchant, id);
CREATE INDEX webhook_endpoints_enabled ON webhook_endpoints (merchant) WHERE status = 'enabled';

CREATE TRIGGER webhook_endpoints_step_by_one BEFORE UPDATE OF version ON webhook_endpoints
    WHEN NEW.version <> OLD.version + 1
BEGIN
    SELECT RAISE(ABORT, 'a version rises by one');
END;
CREATE TRIGGER webhook_endpoints_are_kept BEFORE DELETE ON webhook_endpoints
BEGIN
    SELECT RAISE(ABORT, 'a webhook endpoint is never deleted');
END;

-- `tries` of the retry schedule are used up. `claimed_by` is the process that has it in hand,
-- where several share the books.
CREATE TABLE deliveries (
    endpoint TEXT NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    claimed_by INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (endpoint, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (endpoint, next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_exhausted ON deliveries (endpoint) WHERE state = 'exhausted';

CREATE TRIGGER deliveries_are_kept BEFORE DELETE ON deliveries
BEGIN
    SELECT RAISE(ABORT, 'a delivery is never deleted');
END;

-- `silence` says why there was no answer; of an answer, the first bytes, escaped.
CREATE TABLE delivery_attempts (
    endpoint TEXT NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER,
    silence TEXT,
    answer TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (endpoint, event, at)
) STRICT, WITHOUT ROWID;

-- Whatever writes an event, its deliveries come into being in the same transaction (I-38). That an
-- object is about real money is read from its text: no string in JSON can hold an unescaped quote.
-- A test goes to the endpoint that it is about, and to no other.
CREATE TRIGGER events_are_to_be_delivered AFTER INSERT ON events
BEGIN
    INSERT INTO deliveries (endpoint, event, state, tries, next_at, claimed_by, created_at)
    SELECT w.id, NEW.id, 'waiting', 0, NEW.created_at, 0, NEW.created_at
    FROM webhook_endpoints w
    WHERE w.merchant = NEW.merchant AND w.status = 'enabled'
        AND NEW.type <> 'webhook_endpoint.test'
        AND (w.events = '*' OR instr(w.events, ' ' || NEW.type || ' ') > 0)
        AND w.livemode = (instr(NEW.body, '"livemode":true') > 0);
END;

CREATE INDEX events_listed ON events (merchant, id);

-- What the house last told of itself: each change once, however many processes see it.
CREATE TABLE house_states (
    object TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
