-- Takes over the open movements named, where whoever owns them has let its lease end, and marks
-- each process whose lease has ended. Processes are locked first, so that a renewal and an
-- adoption exclude each other: the later one sees what the earlier one did. A process that was
-- itself adopted from takes nothing.
CREATE FUNCTION adopt(adopter bigint, wanted text[]) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    asked_at bigint := microseconds_now();
    fenced bigint[];
BEGIN
    PERFORM FROM processes p
    WHERE p.fence = adopter OR (p.adopted_by IS NULL AND p.lease_until < asked_at)
    ORDER BY p.fence FOR UPDATE;
    IF EXISTS (SELECT FROM processes p WHERE p.fence = adopter AND p.adopted_by IS NOT NULL) THEN
        RETURN;
    END IF;
    UPDATE processes p SET adopted_by = adopter
    WHERE p.fence <> adopter AND p.adopted_by IS NULL AND p.lease_until < asked_at;
    SELECT coalesce(array_agg(p.fence), '{}') INTO fenced FROM processes p
    WHERE p.adopted_by IS NOT NULL;
    PERFORM FROM movements m WHERE m.id = ANY (wanted) ORDER BY m.id FOR UPDATE;
    RETURN QUERY
    UPDATE movements m SET owner = adopter
    WHERE m.id = ANY (wanted) AND m.is_final = 0 AND m.owner <> adopter
        AND (m.owner = ANY (fenced)
            OR NOT EXISTS (SELECT FROM processes p WHERE p.fence = m.owner))
    RETURNING m.id;
END $$;
