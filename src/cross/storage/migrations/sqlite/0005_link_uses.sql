-- No more orders of a payment link are paid, or may yet be, than it has uses: of two payers who
-- want its last one at the same moment the later one is refused before anything is sent.
CREATE TRIGGER attempts_share_uses_of_links BEFORE INSERT ON movements WHEN NEW.quote GLOB 'ord_*'
BEGIN
    SELECT RAISE(ABORT, 'as many pay by this link as may')
    FROM orders o JOIN payment_links l ON l.id = o.payment_link
    WHERE o.id = substr(NEW.quote, 1, instr(NEW.quote, '/') - 1) AND l.uses <= (
        SELECT count(*) FROM orders other
        WHERE other.payment_link = l.id AND other.id <> o.id AND EXISTS (
            SELECT 1 FROM movements m
            WHERE m.quote > other.id || '/' AND m.quote < other.id || '0'
                AND (m.is_final = 0 OR m.state = 'succeeded')
        )
    );
END;
