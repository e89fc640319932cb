-- Adds what the updated documents ($1, $2) did not refer to yet ($3..$8: all that they refer to now).
INSERT INTO dms.reference
    (parentdocumentid, parentdocumentpartitionkey, referentialpartitionkey, aliasid,
     referenceddocumentid, referenceddocumentpartitionkey)
SELECT * FROM unnest($3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::bigint[], $8::smallint[])
EXCEPT
SELECT r.parentdocumentid, r.parentdocumentpartitionkey, r.referentialpartitionkey, r.aliasid,
    r.referenceddocumentid, r.referenceddocumentpartitionkey
FROM unnest($1::bigint[], $2::smallint[]) AS d (id, pk)
JOIN dms.reference r ON r.parentdocumentpartitionkey = d.pk AND r.parentdocumentid = d.id
