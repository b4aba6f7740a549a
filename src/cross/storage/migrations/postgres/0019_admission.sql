-- What processes that share these books must agree on before they accept anything (decision 29).

-- How far the share of a key or a source is taken up, by what it is a share of: what a restart
-- must not forget (S-API-08). Microseconds since 1970, as everywhere.
CREATE TABLE shares (
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    taken_until bigint NOT NULL,
    PRIMARY KEY (kind, subject)
);

-- The movement that asked a wallet last to pay by a prompt on the phone, and until when it may
-- still be there. `wallet`: operator and number.
CREATE TABLE prompts (
    wallet text COLLATE "C" PRIMARY KEY,
    movement text COLLATE "C" NOT NULL,
    until bigint NOT NULL
) WITH (fillfactor = 70);

-- Given with an opening and stored in `prompts` only: here it is always null.
ALTER TABLE movements ADD COLUMN prompt text;

-- A second prompt on one phone is no movement. Only what is seen to be final frees the wallet, for
-- the legs of a movement that another process has just opened are not seen here yet.
CREATE FUNCTION claim_prompt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked text := NEW.prompt;
BEGIN
    NEW.prompt := NULL;
    INSERT INTO prompts AS p VALUES (asked, NEW.id, NEW.approve_by + 60000000)
    ON CONFLICT (wallet) DO UPDATE SET movement = excluded.movement, until = excluded.until
    WHERE p.movement = NEW.id OR p.until <= NEW.created_at OR EXISTS (
        SELECT FROM legs l WHERE l.movement = p.movement AND l.kind = 'debit'
            AND l.status IN ('succeeded', 'failed'));
    IF FOUND THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER movements_claim_prompt BEFORE INSERT ON movements
    FOR EACH ROW WHEN (NEW.prompt IS NOT NULL) EXECUTE FUNCTION claim_prompt();

-- As before, and whose prompt is open. What was claimed for a movement that was not opened after
-- all is given back first.
CREATE OR REPLACE FUNCTION taken(openings json, only_places integer[])
RETURNS TABLE (write_place integer, verdict text, named text, detail text)
LANGUAGE plpgsql VOLATILE
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    UPDATE prompts p SET until = 0
    FROM json_to_recordset(openings) AS o(place integer, id text, prompt text)
    WHERE o.place = ANY (only_places) AND p.wallet = o.prompt AND p.movement = o.id;
    RETURN QUERY
    SELECT o.place,
        CASE WHEN k.id IS NOT NULL THEN 'key' WHEN r.id IS NOT NULL THEN 'reference'
            WHEN q.id IS NOT NULL THEN 'quote' ELSE 'prompt' END,
        coalesce(k.id, r.id, q.id, p.movement), k.request_digest
    FROM json_to_recordset(openings) AS o(place integer, merchant text, kind text,
        reference text, idempotency_key text, quote text, prompt text, created_at bigint)
    LEFT JOIN movements k ON k.merchant = o.merchant AND k.idempotency_key = o.idempotency_key
    LEFT JOIN movements r
        ON r.merchant = o.merchant AND r.kind = o.kind AND r.reference = o.reference
    LEFT JOIN movements q ON q.quote = o.quote
    LEFT JOIN prompts p ON p.wallet = o.prompt AND p.until > o.created_at AND NOT EXISTS (
        SELECT FROM legs l WHERE l.movement = p.movement AND l.kind = 'debit'
            AND l.status IN ('succeeded', 'failed'))
    WHERE o.place = ANY (only_places) AND coalesce(k.id, r.id, q.id, p.movement) IS NOT NULL;
END $$;
