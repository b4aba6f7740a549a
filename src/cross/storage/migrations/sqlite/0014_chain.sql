-- Placeholder: chain.
SELECT 1;
