-- One batch, one call: every check first, then every row, balances last (see postgres_batch.py).
-- Works on sets; looks at writes one by one only when some need may not be covered.

-- Which of the openings named by `only_places` collide with a movement that is there.
CREATE FUNCTION taken(openings json, only_places integer[])
RETURNS TABLE (write_place integer, verdict text, named text, detail text)
LANGUAGE plpgsql VOLATILE
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    SELECT o.place,
        CASE WHEN k.id IS NOT NULL THEN 'key' WHEN r.id IS NOT NULL THEN 'reference'
            ELSE 'quote' END,
        coalesce(k.id, r.id, q.id), k.request_digest
    FROM json_to_recordset(openings) AS o(place integer, merchant text, kind text,
        reference text, idempotency_key text, quote text)
    LEFT JOIN movements k ON k.merchant = o.merchant AND k.idempotency_key = o.idempotency_key
    LEFT JOIN movements r
        ON r.merchant = o.merchant AND r.kind = o.kind AND r.reference = o.reference
    LEFT JOIN movements q ON q.quote = o.quote
    WHERE o.place = ANY (only_places) AND coalesce(k.id, r.id, q.id) IS NOT NULL;
END $$;

-- `accounts_used`: the accounts of the batch, in the places that everything else names them by.
-- `floors`: what each account must hold for every need to be covered whatever the order.
-- `owners`: whose each opening is; `steps`: the places of the advances; `entry_writes`: by entry,
-- the place of its write; `additions`: entries that are booked once a cause; `line_*`: postings,
-- side by side. Numbers come as arrays, so that no JSON is read twice where all is well.
-- Gives a row for each write that was not plainly saved.
CREATE FUNCTION record_batch(
    accounts_used json, floors json, needs json, owners bigint[], openings json, steps integer[],
    advances json, new_legs json, new_entries json, entry_writes integer[], additions integer[],
    line_entries integer[], line_numbers integer[], line_accounts integer[],
    line_amounts bigint[], new_events json, new_callbacks json, new_quotes json
) RETURNS TABLE (write_place integer, verdict text, named text, detail text)
LANGUAGE plpgsql VOLATILE
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    ids bigint[] := array_fill(0::bigint, ARRAY[coalesce(json_array_length(accounts_used), 0)]);
    balances bigint[] := ids;
    numbers bigint[];
    refused integer[] := '{}';
    places integer[];
    fenced bigint[];
    opened_ids text[];
    digests text[];
    one_by_one boolean := false;
    found_row record;
BEGIN
    -- Accounts are locked in the order of their ids, so that two batches never wait for each
    -- other. One created while this batch waited is seen by the second look only.
    FOR look IN 1..2 LOOP
        EXIT WHEN 0 <> ALL (ids);
        FOR found_row IN
            SELECT a.id, a.balance, u.place
            FROM json_to_recordset(accounts_used) AS u(place integer, name text, currency text)
            JOIN accounts a ON a.name = u.name AND a.currency = u.currency
            WHERE ids[u.place] = 0 ORDER BY a.id FOR UPDATE OF a
        LOOP
            ids[found_row.place] := found_row.id;
            balances[found_row.place] := found_row.balance;
        END LOOP;
    END LOOP;

    IF advances IS NOT NULL THEN
        WITH moved AS (
            UPDATE movements m SET state = a.state, status = a.status, version = a.version,
                is_final = a.is_final, approve_by = a.approve_by, updated_at = a.updated_at,
                completed_at = a.completed_at, failure = a.failure, attention = a.attention,
                events = a.events
            FROM json_to_recordset(advances) AS a(place integer, id text, version bigint,
                owner bigint, state text, status text, is_final integer, approve_by bigint,
                updated_at bigint, completed_at bigint, failure text, attention text,
                events bigint)
            WHERE m.id = a.id AND m.version = a.version - 1 AND m.owner = a.owner
            RETURNING a.place
        )
        SELECT coalesce(array_agg(place), '{}') INTO places FROM moved;
        IF cardinality(places) < cardinality(steps) THEN
            refused := ARRAY(SELECT s.place FROM unnest(steps) AS s(place)
                WHERE s.place <> ALL (places));
            RETURN QUERY SELECT s.place, 'stale', NULL, NULL FROM unnest(refused) AS s(place);
        END IF;
    END IF;

    IF new_entries IS NOT NULL THEN
        SELECT array_agg(nextval('entry_numbers')) INTO numbers
        FROM generate_series(1, cardinality(entry_writes));
    END IF;
    -- An addition's entry is booked once a cause: number 0 stands for *not to be written*.
    IF additions IS NOT NULL THEN
        FOR found_row IN
            SELECT e.place
            FROM json_to_recordset(new_entries) AS e(place integer, movement text, cause text)
            JOIN entries k ON k.movement = e.movement AND k.cause = e.cause
            WHERE e.place = ANY (additions)
        LOOP
            numbers[found_row.place] := 0;
        END LOOP;
        RETURN QUERY
        SELECT entry_writes[e.place], 'known', NULL, NULL FROM unnest(additions) AS e(place)
        GROUP BY entry_writes[e.place] HAVING max(numbers[e.place]) = 0;
    END IF;

    -- A process that another has adopted from opens nothing more (F-P05).
    SELECT array_agg(p.fence) INTO fenced FROM processes p
    WHERE p.fence = ANY (owners) AND p.adopted_by IS NOT NULL;
    IF fenced IS NOT NULL THEN
        FOR found_row IN
            SELECT o.place FROM json_to_recordset(openings) AS o(place integer, owner bigint)
            WHERE o.owner = ANY (fenced)
        LOOP
            refused := refused || found_row.place;
            RETURN QUERY SELECT found_row.place, 'stale', NULL, NULL;
        END LOOP;
    END IF;

    IF floors IS NOT NULL THEN
        one_by_one := EXISTS (
            SELECT FROM json_to_recordset(floors)
                AS f(holds integer, sign integer, promised integer, floor bigint)
            WHERE f.sign * balances[f.holds] - coalesce(balances[f.promised], 0) < f.floor
        );
    END IF;
    IF one_by_one THEN
        FOR found_row IN
            SELECT t.* FROM taken(openings, ARRAY(
                SELECT o.place FROM json_to_recordset(openings) AS o(place integer)
                WHERE o.place <> ALL (refused))) AS t
        LOOP
            refused := refused || found_row.write_place;
            RETURN QUERY SELECT found_row.write_place, found_row.verdict, found_row.named,
                found_row.detail;
        END LOOP;
        FOR found_row IN
            SELECT n.place AS write_at, 0 AS step, n.need, n.holds, n.sign, n.promised, n.amount
            FROM json_to_recordset(needs) AS n(place integer, need integer, holds integer,
                sign integer, promised integer, amount bigint)
            UNION ALL
            SELECT entry_writes[l.entry], 1, l.entry, l.account, 0, 0, l.amount
            FROM unnest(line_entries, line_accounts, line_amounts) AS l(entry, account, amount)
            WHERE numbers[l.entry] > 0
            ORDER BY 1, 2, 3
        LOOP
            CONTINUE WHEN found_row.write_at = ANY (refused);
            IF found_row.step = 1 THEN
                balances[found_row.holds] := balances[found_row.holds] + found_row.amount;
            ELSIF found_row.sign * balances[found_row.holds]
                - coalesce(balances[found_row.promised], 0) < found_row.amount
            THEN
                refused := refused || found_row.write_at;
                RETURN QUERY
                SELECT found_row.write_at, 'uncovered', found_row.need::text, NULL;
            END IF;
        END LOOP;
    END IF;

    -- What another process opened since is seen here at the latest; where the needs above were
    -- weighed with it, they are weighed again.
    IF openings IS NOT NULL THEN
        WITH opened AS (
            INSERT INTO movements
            SELECT m.* FROM json_populate_recordset(NULL::movements, openings) AS m
            WHERE cardinality(refused) = 0 OR m.id NOT IN (
                SELECT o.id FROM json_to_recordset(openings) AS o(place integer, id text)
                WHERE o.place = ANY (refused))
            ON CONFLICT DO NOTHING RETURNING id
        )
        SELECT coalesce(array_agg(id), '{}') INTO opened_ids FROM opened;
        IF cardinality(opened_ids) < cardinality(owners) THEN
            places := ARRAY(
                SELECT o.place FROM json_to_recordset(openings) AS o(place integer, id text)
                WHERE o.id <> ALL (opened_ids) AND o.place <> ALL (refused));
            IF one_by_one AND cardinality(places) > 0 THEN
                RAISE serialization_failure USING MESSAGE = 'another process opened the same';
            END IF;
            RETURN QUERY
            SELECT p.place, coalesce(t.verdict, 'there'), t.named, t.detail
            FROM unnest(places) AS p(place)
            LEFT JOIN taken(openings, places) AS t ON t.write_place = p.place;
            refused := refused || places;
        END IF;
    END IF;

    IF cardinality(refused) > 0 AND numbers IS NOT NULL THEN
        FOR entry IN 1..cardinality(numbers) LOOP
            IF entry_writes[entry] = ANY (refused) THEN
                numbers[entry] := 0;
            END IF;
        END LOOP;
    END IF;

    IF numbers IS NOT NULL AND 0 = ANY (ids) THEN
        WITH used AS (
            SELECT DISTINCT l.account
            FROM unnest(line_entries, line_accounts) AS l(entry, account)
            WHERE numbers[l.entry] > 0 AND ids[l.account] = 0
        )
        INSERT INTO accounts (name, kind, currency, merchant)
        SELECT u.name, u.kind, u.currency, u.merchant
        FROM json_to_recordset(accounts_used)
            AS u(place integer, name text, kind text, currency text, merchant text)
        JOIN used ON used.account = u.place
        ORDER BY u.name, u.currency ON CONFLICT (name, currency) DO NOTHING;
        FOR found_row IN
            SELECT a.id, u.place
            FROM json_to_recordset(accounts_used) AS u(place integer, name text, currency text)
            JOIN accounts a ON a.name = u.name AND a.currency = u.currency
            WHERE ids[u.place] = 0 ORDER BY a.id FOR UPDATE OF a
        LOOP
            ids[found_row.place] := found_row.id;
        END LOOP;
    END IF;

    IF numbers IS NOT NULL THEN
        WITH booked AS (
            INSERT INTO entries (id, movement, cause, lines, at)
            SELECT numbers[e.place], e.movement, e.cause, e.lines, e.at
            FROM json_to_recordset(new_entries)
                AS e(place integer, movement text, cause text, lines integer, at bigint)
            WHERE numbers[e.place] > 0
        )
        INSERT INTO postings (entry, line, account, amount)
        SELECT numbers[l.entry], l.line, ids[l.account], l.amount
        FROM unnest(line_entries, line_numbers, line_accounts, line_amounts)
            AS l(entry, line, account, amount)
        WHERE numbers[l.entry] > 0;
    END IF;

    IF new_legs IS NOT NULL THEN
        INSERT INTO legs (movement, kind, operator, msisdn, amount, currency, reference, status,
            sends, sent_at, operator_reference, failure)
        SELECT l.movement, l.kind, l.operator, l.msisdn, l.amount, l.currency, l.reference,
            l.status, l.sends, l.sent_at, l.operator_reference, l.failure
        FROM json_to_recordset(new_legs) AS l(place integer, movement text, kind text,
            operator text, msisdn text, amount bigint, currency text, reference text, status text,
            sends bigint, sent_at bigint, operator_reference text, failure text)
        WHERE l.place <> ALL (refused)
        ON CONFLICT (movement, kind) DO UPDATE SET status = excluded.status,
            sends = excluded.sends, sent_at = excluded.sent_at,
            operator_reference = excluded.operator_reference, failure = excluded.failure;
    END IF;

    IF new_events IS NOT NULL THEN
        INSERT INTO events (id, merchant, movement, type, sequence, body, created_at)
        SELECT e.id, e.merchant, e.movement, e.type, e.sequence, e.body, e.created_at
        FROM json_to_recordset(new_events) AS e(place integer, id text, merchant text,
            movement text, type text, sequence bigint, body text, created_at bigint)
        WHERE e.place <> ALL (refused);
    END IF;

    IF new_callbacks IS NOT NULL THEN
        WITH arrived AS (
            INSERT INTO callbacks (operator, reference, says, digest, method, query, headers,
                body, peer, received_at, waiting)
            SELECT c.operator, c.reference, c.says, c.digest, c.method, c.query, c.headers,
                decode(c.body, 'base64'), c.peer, c.received_at, c.waiting
            FROM json_to_recordset(new_callbacks) AS c(operator text, reference text, says text,
                digest text, method text, query text, headers text, body text, peer text,
                received_at bigint, waiting integer)
            ON CONFLICT DO NOTHING RETURNING digest
        )
        SELECT coalesce(array_agg(digest), '{}') INTO digests FROM arrived;
        IF cardinality(digests) < json_array_length(new_callbacks) THEN
            RETURN QUERY
            SELECT c.place, 'known', NULL, NULL
            FROM json_to_recordset(new_callbacks) AS c(place integer, digest text)
            WHERE c.digest <> ALL (digests);
        END IF;
    END IF;

    IF new_quotes IS NOT NULL THEN
        INSERT INTO quotes SELECT * FROM json_populate_recordset(NULL::quotes, new_quotes);
    END IF;

    IF numbers IS NOT NULL THEN
        UPDATE accounts a SET balance = a.balance + moved.amount
        FROM (
            SELECT ids[l.account] AS id, sum(l.amount)::bigint AS amount
            FROM unnest(line_entries, line_accounts, line_amounts) AS l(entry, account, amount)
            WHERE numbers[l.entry] > 0 GROUP BY l.account
        ) moved
        WHERE a.id = moved.id;
    END IF;
END $$;
