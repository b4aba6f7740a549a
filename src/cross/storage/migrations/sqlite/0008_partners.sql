-- partners
SELECT 1;
