-- No more orders of a payment link are paid, or may yet be, than it has uses: of two payers who
-- want its last one at the same moment the later one is refused before anything is sent. The link's
-- row is locked first, so that the later one sees the earlier one.
CREATE FUNCTION attempts_share_uses_of_links() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    shared payment_links;
BEGIN
    SELECT l.* INTO shared FROM orders o JOIN payment_links l ON l.id = o.payment_link
    WHERE o.id = split_part(NEW.quote, '/', 1) AND l.uses IS NOT NULL
    FOR UPDATE OF l;
    IF shared.uses <= (
        SELECT count(*) FROM orders o
        WHERE o.payment_link = shared.id AND o.id <> split_part(NEW.quote, '/', 1) AND EXISTS (
            SELECT FROM movements m
            WHERE m.quote > o.id || '/' AND m.quote < o.id || '0'
                AND (m.is_final = 0 OR m.state = 'succeeded')
        )
    ) THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'as many pay by this link as may';
    END IF;
    RETURN NEW;
END $$;

-- Its name comes after `attempts_pay_open_orders`: the order's row is locked before the link's, as
-- where an order is paid.
CREATE TRIGGER attempts_share_uses_of_links BEFORE INSERT ON movements
    FOR EACH ROW WHEN (NEW.quote LIKE 'ord\_%')
    EXECUTE FUNCTION attempts_share_uses_of_links();
