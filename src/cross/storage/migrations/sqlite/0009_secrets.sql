-- What is secret of whoever runs Cross, sealed under a master key that is not in this database.
CREATE TABLE secrets (
    owner TEXT NOT NULL,
    field TEXT NOT NULL,
    sealed TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (owner, field)
) STRICT, WITHOUT ROWID;

-- A database that came out of a backup sends nothing until a person has released it.
CREATE TABLE quarantines (
    since INTEGER PRIMARY KEY,
    backup_at INTEGER NOT NULL,
    released_at INTEGER,
    released_by TEXT
) STRICT;
