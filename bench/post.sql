-- The yardstick for postings: one function that keeps one accepted transfer, as one writes it by
-- hand, on our own tables with all their constraints and triggers. One call, one transaction.
CREATE FUNCTION post(seed bigint, owned_by bigint, paid_to bigint, promised_by bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ulid text := '01J' || lpad(upper(to_hex(seed)), 23, '0');
    now_at bigint := microseconds_now();
    number bigint := nextval('entry_numbers');
BEGIN
    INSERT INTO movements (id, kind, merchant, livemode, state, status, version, owner, is_final,
        debit_amount, debit_currency, credit_amount, credit_currency, fee_earned, fee_rounding,
        reference, idempotency_key, request_digest, terms, approve_by, created_at, updated_at,
        events)
    VALUES ('trf_' || ulid, 'transfer', 'mer_01JBENCH0000000000000000X0', 0, 'debiting',
        'debiting', 1, owned_by, 0, 1010, 'XOF', 1000, 'XOF', 10, 0, 'P-' || seed, 'post-' || seed,
        md5(ulid) || md5(ulid), '{"description": "Commande", "metadata": {}}', now_at + 120000000,
        now_at, now_at, 1);
    INSERT INTO legs (movement, kind, operator, msisdn, amount, currency, reference, status, sends,
        sent_at)
    VALUES
        ('trf_' || ulid, 'debit', 'tmoney', '+22890' || lpad((seed % 1000000)::text, 6, '0'), 1010,
            'XOF', 'CRX' || ulid || 'D', 'sent', 1, now_at),
        ('trf_' || ulid, 'credit', 'flooz', '+22896' || lpad((seed % 1000000)::text, 6, '0'), 1000,
            'XOF', 'CRX' || ulid || 'C', 'planned', 0, NULL);
    WITH booked AS (
        INSERT INTO entries (id, movement, cause, lines, at)
        VALUES (number, 'trf_' || ulid, 'reserved', 2, now_at)
    )
    INSERT INTO postings (entry, line, account, amount)
    VALUES (number, 1, paid_to, 1000), (number, 2, promised_by, -1000);
    INSERT INTO events (id, merchant, movement, type, sequence, body, created_at)
    VALUES ('evt_' || ulid, 'mer_01JBENCH0000000000000000X0', 'trf_' || ulid, 'transfer.created', 1,
        repeat('x', 1300), now_at);
    -- Hot rows come last, so that their locks are held for no longer than the commit takes; in one
    -- order, so that nobody waits for each other.
    PERFORM FROM accounts WHERE id IN (paid_to, promised_by) ORDER BY id FOR UPDATE;
    UPDATE accounts SET balance = balance + CASE id WHEN paid_to THEN 1000 ELSE -1000 END
    WHERE id IN (paid_to, promised_by);
END $$;
