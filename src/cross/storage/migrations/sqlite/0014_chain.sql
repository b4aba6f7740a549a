-- The chain over entries and audit lines (I-34, I-35). Lines of the audit get numbers, as entries
-- have: by them one sees that none was skipped.
CREATE TABLE numbered_audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;

INSERT INTO numbered_audit (id, at, who, action, subject, before, after)
SELECT id, at, who, action, subject, before, after FROM audit ORDER BY rowid;

DROP TABLE audit;
ALTER TABLE numbered_audit RENAME TO audit;

CREATE INDEX audit_of_subject ON audit (subject, id);

CREATE TRIGGER audit_is_immutable BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an audit line does not change');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'an audit line is never deleted');
END;

-- Positions `first` to `last` of the chain. `head` is the hash of the last, `items` what is at each
-- position and its hash, `reach` how far each book is linked, `seal` over all of it and the seal
-- before.
CREATE TABLE chain_blocks (
    last INTEGER PRIMARY KEY,
    first INTEGER NOT NULL UNIQUE CHECK (first BETWEEN 1 AND last),
    head BLOB NOT NULL,
    at INTEGER NOT NULL,
    reach TEXT NOT NULL,
    items BLOB NOT NULL,
    seal BLOB NOT NULL UNIQUE
) STRICT;

CREATE TRIGGER chain_blocks_are_immutable BEFORE UPDATE ON chain_blocks
BEGIN SELECT RAISE(ABORT, 'a block of the chain does not change'); END;
CREATE TRIGGER chain_blocks_are_kept BEFORE DELETE ON chain_blocks
BEGIN SELECT RAISE(ABORT, 'a block of the chain is never deleted'); END;

-- Heads that were sent off this machine, or written to a file.
CREATE TABLE chain_shipments (
    at INTEGER NOT NULL,
    place TEXT NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (place, at)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER chain_shipments_are_immutable BEFORE UPDATE ON chain_shipments
BEGIN SELECT RAISE(ABORT, 'a shipment does not change'); END;
CREATE TRIGGER chain_shipments_are_kept BEFORE DELETE ON chain_shipments
BEGIN SELECT RAISE(ABORT, 'a shipment is never deleted'); END;

-- Why nothing was sent from these books, where it was not a restoration.
ALTER TABLE quarantines ADD COLUMN reason TEXT;
