-- Who did what that only an admin may: never changed, never deleted.
CREATE TABLE audit (
    id text COLLATE "C" PRIMARY KEY,
    at bigint NOT NULL,
    who text NOT NULL,
    action text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    before text NOT NULL,
    after text NOT NULL
);

CREATE INDEX audit_of_subject ON audit (subject, id);

CREATE TRIGGER audit_is_immutable BEFORE UPDATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an audit line does not change');
CREATE TRIGGER audit_is_kept BEFORE DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an audit line is never deleted');
