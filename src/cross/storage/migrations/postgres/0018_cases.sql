-- Placeholder: cases.
SELECT 1;
