-- Completed transfers, old ones: `$series` gives their numbers, `$hex` one of them in 23 digits.
INSERT INTO movements (id, kind, merchant, livemode, state, status, version, owner, is_final,
    debit_amount, debit_currency, credit_amount, credit_currency, fee_earned, fee_rounding,
    reference, idempotency_key, request_digest, terms, approve_by, created_at, updated_at,
    completed_at, events)
WITH $series
SELECT 'trf_01H' || $hex, 'transfer', '$merchant', 0, 'completed', 'completed', 3, 0, 1, $debit,
    'XOF', $credit, 'XOF', $debit - $credit, 0, 'S-' || $hex, 'seed-' || $hex,
    '0' || $hex || $hex, '{"description": "Commande", "metadata": {}}', $at, $at, $at, $at, 3
FROM n;

INSERT INTO legs (movement, kind, operator, msisdn, amount, currency, reference, status, sends,
    sent_at, operator_reference)
WITH $series
SELECT 'trf_01H' || $hex, k.kind, k.operator, k.prefix || (100000 + n.i % 900000), k.amount, 'XOF',
    'CRX01H' || $hex || k.letter, 'succeeded', 1, $at, 'R' || n.i
FROM n CROSS JOIN (
    SELECT 'credit' AS kind, 'flooz' AS operator, '+22896' AS prefix, $credit AS amount,
        'C' AS letter
    UNION ALL SELECT 'debit', 'tmoney', '+22890', $debit, 'D'
) k;

INSERT INTO postings (entry, line, account, amount)
WITH $series
SELECT $first_entry + n.i * 3 + k.place, k.line, k.account, k.amount
FROM n CROSS JOIN ($lines) k;

INSERT INTO entries (id, movement, cause, lines, at)
WITH $series
SELECT $first_entry + n.i * 3 + k.place, 'trf_01H' || $hex, k.cause, k.lines, $at
FROM n CROSS JOIN (
    SELECT 0 AS place, 'reserved' AS cause, 2 AS lines
    UNION ALL SELECT 1, 'debit.succeeded', 2
    UNION ALL SELECT 2, 'credit.succeeded', 5
) k;

INSERT INTO events (id, merchant, movement, type, sequence, body, created_at)
WITH $series
SELECT 'evt_01H' || $hex || k.sequence, '$merchant', 'trf_01H' || $hex, k.type, k.sequence, '{}',
    $at
FROM n CROSS JOIN (
    SELECT 1 AS sequence, 'transfer.created' AS type
    UNION ALL SELECT 2, 'transfer.debited'
    UNION ALL SELECT 3, 'transfer.completed'
) k;

INSERT INTO callbacks (operator, reference, says, digest, method, query, headers, body, peer,
    received_at, waiting)
WITH $series
SELECT 'tmoney', 'CRX01H' || $hex || 'D', 'succeeded', 'seed-' || $hex, 'POST', '', '[]', $body,
    'bench', $at, 0
FROM n;
