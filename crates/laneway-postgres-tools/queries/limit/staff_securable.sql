-- Documents that are secured by a staff, as the arrays that their insert takes, one row a transaction.
SELECT p.chunk, array_agg(s.staffuniqueid::text ORDER BY s.staffsecurabledocumentid),
    array_agg(s.staffsecurabledocumentid ORDER BY s.staffsecurabledocumentid),
    array_agg(s.staffsecurabledocumentpartitionkey ORDER BY s.staffsecurabledocumentid)
FROM dms.staffsecurabledocument s JOIN place p ON p.id = s.staffsecurabledocumentid
GROUP BY p.chunk ORDER BY p.chunk
