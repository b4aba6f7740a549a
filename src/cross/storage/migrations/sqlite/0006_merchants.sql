-- merchants
SELECT 1;
