-- Who a merchant's payers and payees are. A wallet may be several customers' of one merchant, as a
-- family's phone is; it links nothing by itself: a movement names its customer or has none.
CREATE TABLE customers (
    id text COLLATE "C" PRIMARY KEY,
    merchant text COLLATE "C" NOT NULL,
    livemode integer NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    email text,
    reference text COLLATE "C",
    metadata text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE UNIQUE INDEX customers_by_reference ON customers (merchant, reference)
    WHERE reference IS NOT NULL;
CREATE INDEX customers_listed ON customers (merchant, id);

CREATE TRIGGER customers_step_by_one BEFORE UPDATE OF version ON customers
    FOR EACH ROW WHEN (NEW.version <> OLD.version + 1)
    EXECUTE FUNCTION refuse('a version rises by one');

CREATE TABLE customer_wallets (
    customer text COLLATE "C" NOT NULL REFERENCES customers (id),
    place bigint NOT NULL,
    operator text COLLATE "C" NOT NULL,
    msisdn text COLLATE "C" NOT NULL,
    PRIMARY KEY (customer, operator, msisdn)
);

CREATE INDEX customer_wallets_by_number ON customer_wallets (msisdn, customer);

CREATE INDEX movements_of_customer ON movements (customer, created_at, id)
    WHERE customer IS NOT NULL;
