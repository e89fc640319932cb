-- The arrays of documents ($2, $3) of staff members ($1) become the union over all the person's rows where that only adds to them:
-- an association that was deleted since leaves documents what it gave them.
WITH fresh AS (
    SELECT t.id, t.pk,
        (SELECT jsonb_agg(DISTINCT e) FROM dms.staffeducationorganizationauthorization s,
            jsonb_array_elements(s.staffeducationorganizationauthorizationedorgids) e
         WHERE s.staffuniqueid = t.person) AS ids
    FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS t (person, id, pk)
)
UPDATE dms.document d
SET staffeducationorganizationauthorizationedorgids = fresh.ids
FROM fresh
WHERE d.documentpartitionkey = fresh.pk AND d.id = fresh.id
    AND fresh.ids IS NOT NULL
    AND (d.staffeducationorganizationauthorizationedorgids IS NULL
        OR d.staffeducationorganizationauthorizationedorgids <@ fresh.ids
            AND NOT d.staffeducationorganizationauthorizationedorgids @> fresh.ids)
