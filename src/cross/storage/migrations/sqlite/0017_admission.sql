-- How far the share of a key or a source is taken up, by what it is a share of: what a restart
-- must not forget (S-API-08, decision 29). Microseconds since 1970, as everywhere.
CREATE TABLE shares (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    taken_until INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
