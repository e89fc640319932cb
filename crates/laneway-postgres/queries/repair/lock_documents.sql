-- Locks documents ($1, $2) in key order.
SELECT d.id
FROM unnest($1::smallint[], $2::bigint[]) AS t (pk, id)
JOIN dms.document d ON d.documentpartitionkey = t.pk AND d.id = t.id
ORDER BY d.documentpartitionkey, d.id
FOR NO KEY UPDATE OF d
