-- What documents ($2) of a partition ($1) refer to: the alias, and the document that it stands for. No row has the id 0: it
-- stands for what is not there.
SELECT r.parentdocumentid AS document, r.referentialpartitionkey AS alias_partition, coalesce(a.id, 0) AS alias_id,
    coalesce(r.referenceddocumentpartitionkey, 0::smallint) AS document_partition, coalesce(r.referenceddocumentid, 0) AS document_id
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.reference r ON r.parentdocumentpartitionkey = $1 AND r.parentdocumentid = k.id
LEFT JOIN dms.alias a ON a.referentialpartitionkey = r.referentialpartitionkey AND a.referentialid = r.referentialid
