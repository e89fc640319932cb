-- Rows of Alias as the arrays that `inserts::ALIASES` takes, one row a transaction.
SELECT p.chunk, array_agg(a.id ORDER BY a.referentialpartitionkey, a.referentialid),
    array_agg(a.referentialpartitionkey ORDER BY a.referentialpartitionkey, a.referentialid),
    array_agg(a.referentialid ORDER BY a.referentialpartitionkey, a.referentialid),
    array_agg(a.documentid ORDER BY a.referentialpartitionkey, a.referentialid),
    array_agg(a.documentpartitionkey ORDER BY a.referentialpartitionkey, a.referentialid)
FROM dms.alias a JOIN place p ON p.id = a.documentid
GROUP BY p.chunk ORDER BY p.chunk
