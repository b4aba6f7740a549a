-- What a quote between two currencies changes: JSON, read whole; NULL within one currency.
ALTER TABLE quotes ADD COLUMN conversion TEXT;
