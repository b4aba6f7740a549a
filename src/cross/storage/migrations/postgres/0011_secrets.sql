-- What is secret of whoever runs Cross, sealed under a master key that is not in this database.
CREATE TABLE secrets (
    owner text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    sealed text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (owner, field)
);

-- A database that came out of a backup sends nothing until a person has released it.
CREATE TABLE quarantines (
    since bigint PRIMARY KEY,
    backup_at bigint NOT NULL,
    released_at bigint,
    released_by text
);
