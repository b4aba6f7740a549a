-- What a quote between two currencies changes: JSON, read whole; NULL within one currency.
-- `record_batch` fills in the columns of `quotes` by their names, so this one needs no change of it.
ALTER TABLE quotes ADD COLUMN conversion text;
