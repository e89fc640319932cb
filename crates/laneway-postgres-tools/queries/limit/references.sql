-- Rows of Reference as the arrays that `inserts::REFERENCES` takes, one row a transaction: that of the later of two documents.
SELECT greatest(p.chunk, r.chunk) AS chunk, array_agg(f.parentdocumentid ORDER BY f.id),
    array_agg(f.parentdocumentpartitionkey ORDER BY f.id), array_agg(f.referentialpartitionkey ORDER BY f.id),
    array_agg(f.aliasid ORDER BY f.id), array_agg(f.referenceddocumentid ORDER BY f.id),
    array_agg(f.referenceddocumentpartitionkey ORDER BY f.id)
FROM dms.reference f
JOIN place p ON p.id = f.parentdocumentid
JOIN place r ON r.id = f.referenceddocumentid
GROUP BY 1 ORDER BY 1
