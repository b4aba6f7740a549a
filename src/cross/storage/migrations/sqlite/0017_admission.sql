-- Placeholder: admission.
SELECT 1;
