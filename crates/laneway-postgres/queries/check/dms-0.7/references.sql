-- What documents ($2) of a partition ($1) refer to: the alias, and the document that it stands for.
SELECT r.parentdocumentid AS document, r.referentialpartitionkey AS alias_partition, r.aliasid AS alias_id,
    r.referenceddocumentpartitionkey AS document_partition, r.referenceddocumentid AS document_id
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.reference r ON r.parentdocumentpartitionkey = $1 AND r.parentdocumentid = k.id
