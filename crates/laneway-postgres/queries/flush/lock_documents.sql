-- Locks the documents under the given identities, in key order.
SELECT d.id
FROM unnest($1::smallint[], $2::uuid[]) AS i (pk, rid)
JOIN dms.alias a ON a.referentialpartitionkey = i.pk AND a.referentialid = i.rid
JOIN dms.document d ON d.documentpartitionkey = a.documentpartitionkey AND d.id = a.documentid
ORDER BY d.documentpartitionkey, d.id
FOR NO KEY UPDATE OF d
