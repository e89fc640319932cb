-- Stores the document's references; what was found missing meanwhile comes back.
SELECT stored, invalid FROM pg_temp.laneway_baseline_references($1, $2, $3, $4, $5)
