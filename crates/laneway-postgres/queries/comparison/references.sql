-- Stores the document's references; what was found missing meanwhile comes back.
SELECT stored, invalid FROM dms.laneway_comparison_references($1, $2, $3, $4, $5)
