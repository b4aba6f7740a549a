-- settlements
SELECT 1;
