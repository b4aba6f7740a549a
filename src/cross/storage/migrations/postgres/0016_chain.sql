-- The chain over entries and audit lines (I-34, I-35). Lines of the audit get numbers, as entries
-- have: by them one sees that none was skipped.
ALTER TABLE audit ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;

CREATE UNIQUE INDEX audit_numbered ON audit (number);

-- Positions `first` to `last` of the chain. `head` is the hash of the last, `items` what is at each
-- position and its hash, `reach` how far each book is linked, `seal` over all of it and the seal
-- before.
CREATE TABLE chain_blocks (
    last bigint PRIMARY KEY,
    first bigint NOT NULL UNIQUE CHECK (first BETWEEN 1 AND last),
    head bytea NOT NULL,
    at bigint NOT NULL,
    reach text NOT NULL,
    items bytea NOT NULL,
    seal bytea NOT NULL UNIQUE
);

-- Hashes do not get smaller.
ALTER TABLE chain_blocks ALTER COLUMN items SET STORAGE EXTERNAL;

CREATE TRIGGER chain_blocks_are_immutable BEFORE UPDATE ON chain_blocks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a block of the chain does not change');
CREATE TRIGGER chain_blocks_are_kept BEFORE DELETE OR TRUNCATE ON chain_blocks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a block of the chain is never deleted');

-- Heads that were sent off this machine, or written to a file.
CREATE TABLE chain_shipments (
    at bigint NOT NULL,
    place text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (place, at)
);

CREATE TRIGGER chain_shipments_are_immutable BEFORE UPDATE ON chain_shipments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a shipment does not change');
CREATE TRIGGER chain_shipments_are_kept BEFORE DELETE OR TRUNCATE ON chain_shipments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a shipment is never deleted');

-- Why nothing was sent from these books, where it was not a restoration.
ALTER TABLE quarantines ADD COLUMN reason text;
