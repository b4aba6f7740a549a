-- Where merchants hear of their events, and what became of each event at each endpoint.
-- `secret` and `previous_secret` are sealed. From `moves_at` on it leads to `moves_to`.
-- `events` is `*`, or types between spaces.
CREATE TABLE webhook_endpoints (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    url text NOT NULL,
    events text NOT NULL,
    description text NOT NULL,
    status text COLLATE "C" NOT NULL,
    reason text,
    secret text NOT NULL,
    previous_secret text,
    previous_until bigint,
    failing_since bigint,
    told bigint NOT NULL,
    version bigint NOT NULL,
    moves_to text,
    moves_at bigint,
    secret_from bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE INDEX webhook_endpoints_listed ON webhook_endpoints (merchant, id);
CREATE INDEX webhook_endpoints_enabled ON webhook_endpoints (merchant) WHERE status = 'enabled';

CREATE TRIGGER webhook_endpoints_step_by_one BEFORE UPDATE OF version ON webhook_endpoints
    FOR EACH ROW WHEN (NEW.version <> OLD.version + 1)
    EXECUTE FUNCTION refuse('a version rises by one');
CREATE TRIGGER webhook_endpoints_are_kept BEFORE DELETE OR TRUNCATE ON webhook_endpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a webhook endpoint is never deleted');

-- `tries` of the retry schedule are used up. `claimed_by` is the process that has it in hand: its
-- number among `processes`, whose lease frees what it had claimed when it ends.
CREATE TABLE deliveries (
    endpoint text COLLATE "C" NOT NULL,
    event text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    tries bigint NOT NULL,
    next_at bigint NOT NULL,
    claimed_by bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (endpoint, event)
);

CREATE INDEX deliveries_due ON deliveries (endpoint, next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_exhausted ON deliveries (endpoint) WHERE state = 'exhausted';

CREATE TRIGGER deliveries_are_kept BEFORE DELETE OR TRUNCATE ON deliveries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a delivery is never deleted');

-- `silence` says why there was no answer; of an answer, the first bytes, escaped.
CREATE TABLE delivery_attempts (
    endpoint text COLLATE "C" NOT NULL,
    event text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    status integer,
    silence text,
    answer text NOT NULL,
    duration_ms bigint NOT NULL,
    signature text NOT NULL,
    PRIMARY KEY (endpoint, event, at)
);

-- Whatever writes an event, its deliveries come into being in the same transaction (I-38). That an
-- object is about real money is read from its text: no string in JSON can hold an unescaped quote.
-- A test goes to the endpoint that it is about, and to no other.
CREATE FUNCTION events_are_to_be_delivered() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO deliveries (endpoint, event, state, tries, next_at, claimed_by, created_at)
    SELECT w.id, e.id, 'waiting', 0, e.created_at, 0, e.created_at
    FROM added e JOIN webhook_endpoints w ON w.merchant = e.merchant AND w.status = 'enabled'
    WHERE e.type <> 'webhook_endpoint.test' AND (w.events = '*' OR position(' ' || e.type || ' ' IN w.events) > 0)
        AND w.livemode = (position('"livemode":true' IN e.body) > 0)::integer;
    RETURN NULL;
END $$;

CREATE TRIGGER events_are_to_be_delivered AFTER INSERT ON events REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_to_be_delivered();

CREATE INDEX events_listed ON events (merchant, id);

-- What the house last told of itself: each change once, however many processes see it.
CREATE TABLE house_states (
    object text COLLATE "C" PRIMARY KEY,
    state text NOT NULL,
    at bigint NOT NULL
);
