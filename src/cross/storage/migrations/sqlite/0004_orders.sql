-- Orders, their log, and payment links. What moves money stays in `movements`: an attempt to pay
-- an order is a collection whose column `quote` says `ord_…/n`, the n-th try, taken once.

CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    customer TEXT,
    payment_link TEXT,
    idempotency_key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    terms TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    amount_paid INTEGER NOT NULL,
    amount_refunded INTEGER NOT NULL,
    paid_late INTEGER NOT NULL,
    paid_at INTEGER,
    paid_by TEXT,
    attempts INTEGER NOT NULL,
    events INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX orders_by_key ON orders (merchant, idempotency_key);
CREATE UNIQUE INDEX orders_by_reference ON orders (merchant, reference);
CREATE INDEX orders_listed ON orders (merchant, id);
CREATE INDEX orders_of_link ON orders (payment_link, id) WHERE payment_link IS NOT NULL;
CREATE INDEX orders_to_expire ON orders (expires_at) WHERE status = 'unpaid';

CREATE TRIGGER orders_step_by_one BEFORE UPDATE OF version ON orders
    WHEN NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'a version rises by one'); END;

CREATE TRIGGER orders_keep_terms
BEFORE UPDATE OF id, merchant, livemode, token, amount, currency, reference, customer,
    payment_link, idempotency_key, request_digest, terms, created_at, expires_at ON orders
BEGIN SELECT RAISE(ABORT, 'the terms of an order do not change'); END;

CREATE TRIGGER orders_are_kept BEFORE DELETE ON orders
BEGIN SELECT RAISE(ABORT, 'an order is never deleted'); END;

-- An order ends unpaid only where no attempt may bring the money any more.
CREATE TRIGGER orders_end_without_attempts BEFORE UPDATE OF status ON orders
    WHEN NEW.status IN ('canceled', 'expired') AND OLD.status <> NEW.status
BEGIN
    SELECT RAISE(ABORT, 'an attempt may still pay this order')
    WHERE EXISTS (
        SELECT 1 FROM movements
        WHERE quote > NEW.id || '/' AND quote < NEW.id || '0'
            AND (is_final = 0 OR state = 'succeeded')
    );
END;

-- And no attempt is opened for one that has ended.
CREATE TRIGGER attempts_pay_open_orders BEFORE INSERT ON movements WHEN NEW.quote GLOB 'ord_*'
BEGIN
    SELECT RAISE(ABORT, 'an attempt pays an open order')
    WHERE NOT EXISTS (
        SELECT 1 FROM orders
        WHERE id = substr(NEW.quote, 1, instr(NEW.quote, '/') - 1)
            AND status IN ('unpaid', 'processing')
    );
END;

-- Attempts, and refunds of attempts, that moved since their order's projection was saved: so the
-- projection is caught up with after any crash, by whichever process looks first.
CREATE TABLE orders_behind (
    movement TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER attempts_opened AFTER INSERT ON movements WHEN NEW.quote GLOB 'ord_*'
BEGIN
    INSERT INTO orders_behind (movement, version) VALUES (NEW.id, NEW.version)
    ON CONFLICT (movement) DO UPDATE SET version = excluded.version;
END;

CREATE TRIGGER attempts_moved AFTER UPDATE OF version ON movements WHEN NEW.quote GLOB 'ord_*'
BEGIN
    INSERT INTO orders_behind (movement, version) VALUES (NEW.id, NEW.version)
    ON CONFLICT (movement) DO UPDATE SET version = excluded.version;
END;

CREATE TRIGGER refunds_moved AFTER UPDATE OF version ON movements WHEN NEW.kind = 'refund'
BEGIN
    INSERT INTO orders_behind (movement, version)
    SELECT NEW.id, NEW.version FROM movements
    WHERE id = substr(NEW.quote, 1, instr(NEW.quote, '/') - 1) AND quote GLOB 'ord_*'
    ON CONFLICT (movement) DO UPDATE SET version = excluded.version;
END;

-- What happened to an order. `once` names what is told once only.
CREATE TABLE order_logs (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    once TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX order_logs_of_order ON order_logs (order_id, id);
CREATE UNIQUE INDEX order_logs_once ON order_logs (order_id, once) WHERE once IS NOT NULL;

CREATE TRIGGER order_logs_are_immutable BEFORE UPDATE ON order_logs
BEGIN SELECT RAISE(ABORT, 'a log does not change'); END;
CREATE TRIGGER order_logs_are_kept BEFORE DELETE ON order_logs
BEGIN SELECT RAISE(ABORT, 'a log is never deleted'); END;

-- The browsers that were sent to an operator's page, written before they were.
CREATE TABLE hand_overs (
    movement TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_links (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    code TEXT NOT NULL UNIQUE,
    terms TEXT NOT NULL,
    uses INTEGER,
    paid INTEGER NOT NULL,
    expires_at INTEGER,
    closed_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX payment_links_listed ON payment_links (merchant, id);

CREATE TRIGGER payment_links_keep_terms
BEFORE UPDATE OF id, merchant, livemode, code, terms, uses, expires_at, created_at ON payment_links
BEGIN SELECT RAISE(ABORT, 'the terms of a payment link do not change'); END;
CREATE TRIGGER payment_links_are_kept BEFORE DELETE ON payment_links
BEGIN SELECT RAISE(ABORT, 'a payment link is never deleted'); END;
