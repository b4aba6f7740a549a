-- customers
SELECT 1;
