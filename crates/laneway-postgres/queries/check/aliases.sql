-- The aliases of identities ($1, $2) that are there.
SELECT r.ordinal, a.id AS alias_id, a.documentid AS document_id, a.documentpartitionkey AS document_partition
FROM unnest($1::smallint[], $2::uuid[]) WITH ORDINALITY AS r (pk, rid, ordinal)
JOIN dms.alias a ON a.referentialpartitionkey = r.pk AND a.referentialid = r.rid
