-- batches
SELECT 1;
