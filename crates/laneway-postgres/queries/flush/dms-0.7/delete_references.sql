-- Removes what the updated documents ($1, $2) do not refer to any more ($3..$8: all that they refer to now).
WITH stored AS (
    SELECT r.parentdocumentid, r.parentdocumentpartitionkey, r.referentialpartitionkey, r.aliasid,
        r.referenceddocumentid, r.referenceddocumentpartitionkey
    FROM unnest($1::bigint[], $2::smallint[]) AS d (id, pk)
    JOIN dms.reference r ON r.parentdocumentpartitionkey = d.pk AND r.parentdocumentid = d.id
),
gone AS (
    SELECT * FROM stored
    EXCEPT
    SELECT * FROM unnest($3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::bigint[], $8::smallint[])
)
DELETE FROM dms.reference r
USING gone
WHERE r.parentdocumentpartitionkey = gone.parentdocumentpartitionkey
    AND r.parentdocumentid = gone.parentdocumentid
    AND r.aliasid = gone.aliasid
