-- Differences between the books and what an operator says: opened once, for a person to look at.
CREATE TABLE breaks (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    kind text NOT NULL,
    operator text NOT NULL,
    reference text COLLATE "C" NOT NULL,
    movement text COLLATE "C" NOT NULL,
    expected text NOT NULL,
    heard text COLLATE "C" NOT NULL,
    opened_at bigint NOT NULL,
    state text NOT NULL,
    UNIQUE (reference, kind, heard)
);

CREATE TRIGGER breaks_are_kept BEFORE DELETE OR TRUNCATE ON breaks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a break is never deleted');
