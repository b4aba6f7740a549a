-- Orders, their log, and payment links. What moves money stays in `movements`: an attempt to pay
-- an order is a collection whose column `quote` says `ord_…/n`, the n-th try, taken once.

CREATE TABLE orders (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    token text COLLATE "C" NOT NULL UNIQUE,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    customer text COLLATE "C",
    payment_link text COLLATE "C",
    idempotency_key text COLLATE "C" NOT NULL,
    request_digest text NOT NULL,
    terms text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    amount_paid bigint NOT NULL,
    amount_refunded bigint NOT NULL,
    paid_late integer NOT NULL,
    paid_at bigint,
    paid_by text COLLATE "C",
    attempts bigint NOT NULL,
    events bigint NOT NULL
);

CREATE UNIQUE INDEX orders_by_key ON orders (merchant, idempotency_key);
CREATE UNIQUE INDEX orders_by_reference ON orders (merchant, reference);
CREATE INDEX orders_listed ON orders (merchant, id);
CREATE INDEX orders_of_link ON orders (payment_link, id) WHERE payment_link IS NOT NULL;
CREATE INDEX orders_to_expire ON orders (expires_at) WHERE status = 'unpaid';

CREATE TRIGGER orders_step_by_one BEFORE UPDATE OF version ON orders
    FOR EACH ROW WHEN (NEW.version <> OLD.version + 1)
    EXECUTE FUNCTION refuse('a version rises by one');

CREATE TRIGGER orders_keep_terms
    BEFORE UPDATE OF id, merchant, livemode, token, amount, currency, reference, customer,
        payment_link, idempotency_key, request_digest, terms, created_at, expires_at ON orders
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the terms of an order do not change');

CREATE TRIGGER orders_are_kept BEFORE DELETE OR TRUNCATE ON orders
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('an order is never deleted');

-- An order ends unpaid only where no attempt may bring the money any more, and no attempt is
-- opened for one that has ended. The order's row is locked by both, so that of an ending and an
-- attempt at the same moment the later one sees the earlier one.
CREATE FUNCTION orders_end_without_attempts() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (
        SELECT FROM movements m
        WHERE m.quote > NEW.id || '/' AND m.quote < NEW.id || '0'
            AND (m.is_final = 0 OR m.state = 'succeeded')
    ) THEN
        RAISE integrity_constraint_violation
            USING MESSAGE = 'an attempt may still pay this order';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_end_without_attempts BEFORE UPDATE OF status ON orders
    FOR EACH ROW WHEN (NEW.status IN ('canceled', 'expired') AND OLD.status <> NEW.status)
    EXECUTE FUNCTION orders_end_without_attempts();

CREATE FUNCTION attempts_pay_open_orders() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM orders o
    WHERE o.id = split_part(NEW.quote, '/', 1) AND o.status IN ('unpaid', 'processing')
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'an attempt pays an open order';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER attempts_pay_open_orders BEFORE INSERT ON movements
    FOR EACH ROW WHEN (NEW.quote LIKE 'ord\_%')
    EXECUTE FUNCTION attempts_pay_open_orders();

-- Attempts, and refunds of attempts, that moved since their order's projection was saved: so the
-- projection is caught up with after any crash, by whichever process looks first.
CREATE TABLE orders_behind (
    movement text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL
);

CREATE FUNCTION orders_are_behind() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NEW.kind = 'refund' AND NOT EXISTS (
        SELECT FROM movements m
        WHERE m.id = split_part(NEW.quote, '/', 1) AND m.quote LIKE 'ord\_%'
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO orders_behind (movement, version) VALUES (NEW.id, NEW.version)
    ON CONFLICT (movement) DO UPDATE SET version = excluded.version;
    RETURN NULL;
END $$;

CREATE TRIGGER attempts_opened AFTER INSERT ON movements
    FOR EACH ROW WHEN (NEW.quote LIKE 'ord\_%')
    EXECUTE FUNCTION orders_are_behind();

CREATE TRIGGER attempts_moved AFTER UPDATE OF version ON movements
    FOR EACH ROW WHEN (NEW.quote LIKE 'ord\_%' OR NEW.kind = 'refund')
    EXECUTE FUNCTION orders_are_behind();

-- What happened to an order. `once` names what is told once only.
CREATE TABLE order_logs (
    id text COLLATE "C" PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    type text NOT NULL,
    message text NOT NULL,
    data text NOT NULL,
    created_at bigint NOT NULL,
    once text COLLATE "C"
);

CREATE INDEX order_logs_of_order ON order_logs (order_id, id);
CREATE UNIQUE INDEX order_logs_once ON order_logs (order_id, once) WHERE once IS NOT NULL;

CREATE TRIGGER order_logs_are_immutable BEFORE UPDATE ON order_logs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a log does not change');
CREATE TRIGGER order_logs_are_kept BEFORE DELETE OR TRUNCATE ON order_logs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a log is never deleted');

-- The browsers that were sent to an operator's page, written before they were.
CREATE TABLE hand_overs (
    movement text COLLATE "C" PRIMARY KEY,
    at bigint NOT NULL
);

CREATE TABLE payment_links (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    code text COLLATE "C" NOT NULL UNIQUE,
    terms text NOT NULL,
    uses bigint,
    paid bigint NOT NULL,
    expires_at bigint,
    closed_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE INDEX payment_links_listed ON payment_links (merchant, id);

CREATE TRIGGER payment_links_keep_terms
    BEFORE UPDATE OF id, merchant, livemode, code, terms, uses, expires_at, created_at
    ON payment_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('the terms of a payment link do not change');
CREATE TRIGGER payment_links_are_kept BEFORE DELETE OR TRUNCATE ON payment_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('a payment link is never deleted');
