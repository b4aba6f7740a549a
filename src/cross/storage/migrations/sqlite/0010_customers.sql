-- Who a merchant's payers and payees are. A wallet may be several customers' of one merchant, as a
-- family's phone is; it links nothing by itself: a movement names its customer or has none.
CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    reference TEXT,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX customers_by_reference ON customers (merchant, reference)
    WHERE reference IS NOT NULL;
CREATE INDEX customers_listed ON customers (merchant, id);

CREATE TRIGGER customers_step_by_one BEFORE UPDATE OF version ON customers
    WHEN NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'a version rises by one'); END;

CREATE TABLE customer_wallets (
    customer TEXT NOT NULL REFERENCES customers (id),
    place INTEGER NOT NULL,
    operator TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    PRIMARY KEY (customer, operator, msisdn)
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_wallets_by_number ON customer_wallets (msisdn, customer);

CREATE INDEX movements_of_customer ON movements (customer, created_at, id)
    WHERE customer IS NOT NULL;
