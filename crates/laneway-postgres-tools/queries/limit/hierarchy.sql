-- Rows of the hierarchy as the arrays that `inserts::HIERARCHY` takes, one row a transaction.
SELECT p.chunk, array_agg(h.id ORDER BY h.id), array_agg(h.projectname::text ORDER BY h.id),
    array_agg(h.resourcename::text ORDER BY h.id), array_agg(h.educationorganizationid ORDER BY h.id),
    array_agg(h.parentid ORDER BY h.id), array_agg(h.documentid ORDER BY h.id),
    array_agg(h.documentpartitionkey ORDER BY h.id)
FROM dms.educationorganizationhierarchy h JOIN place p ON p.id = h.documentid
GROUP BY p.chunk ORDER BY p.chunk
