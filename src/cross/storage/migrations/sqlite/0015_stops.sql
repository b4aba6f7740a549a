-- Placeholder: stops.
SELECT 1;
