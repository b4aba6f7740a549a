-- Safety stops (I-46): at an operator, or at all of them (`*`), no new money is asked for nor paid
-- out until people lift it. `found` is what a monitor saw, in words that stay the same while it is
-- the same; a stop lifted over it (`overridden`) is not placed again for it.
CREATE TABLE stops (
    id text COLLATE "C" PRIMARY KEY,
    operator text COLLATE "C" NOT NULL,
    cause text COLLATE "C" NOT NULL,
    found text NOT NULL,
    holds_credits integer NOT NULL CHECK (holds_credits IN (0, 1)),
    placed_by text NOT NULL,
    placed_at bigint NOT NULL,
    lifted_by text,
    lifted_at bigint,
    lift_reason text,
    overridden integer NOT NULL DEFAULT 0 CHECK (overridden IN (0, 1)),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CHECK ((lifted_at IS NULL) = (lift_reason IS NULL))
);

CREATE UNIQUE INDEX stops_in_force ON stops (operator, cause) WHERE lifted_at IS NULL;

CREATE TRIGGER stops_stay_what_they_are
    BEFORE UPDATE OF id, operator, cause, found, holds_credits, placed_by, placed_at ON stops
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a stop stays what it is');
CREATE TRIGGER stops_are_lifted_once BEFORE UPDATE ON stops
    FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL)
    EXECUTE FUNCTION refuse('a stop is lifted once');
CREATE TRIGGER stops_are_kept BEFORE DELETE OR TRUNCATE ON stops
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a stop is never deleted');

-- What is wrong now, and what was: each turn is told once (S-LOG-05). `told_at` is when the page of
-- the last turn was taken, where one is sent.
CREATE TABLE alarms (
    name text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('raised', 'cleared')),
    detail text NOT NULL,
    times bigint NOT NULL,
    turned_at bigint NOT NULL,
    told_at bigint,
    PRIMARY KEY (name, subject)
);

-- Up to which entry an account's balance was once found to be the sum of its postings, and that
-- sum: where the watch goes on after a start, so that a float's millions are not added up again.
CREATE TABLE balance_marks (
    account bigint PRIMARY KEY,
    entry bigint NOT NULL,
    balance bigint NOT NULL,
    at bigint NOT NULL
);

-- Of several processes one watches the books: whoever holds this row, by the database's time.
CREATE TABLE watch_turn (
    one integer PRIMARY KEY CHECK (one = 1),
    owner bigint NOT NULL,
    until bigint NOT NULL
);
INSERT INTO watch_turn (one, owner, until) VALUES (1, 0, 0);
