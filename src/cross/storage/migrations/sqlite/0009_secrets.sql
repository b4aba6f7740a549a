-- secrets
SELECT 1;
