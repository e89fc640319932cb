-- The arrays of documents ($2, $3) of staff members ($1) that have an association in the same batch: the ancestors
-- of the last association written at or after the document ($4, $5), or, where all were written before it, the
-- union over all the person's rows.
WITH fresh AS (
    SELECT t.id, t.pk,
        (SELECT jsonb_agg(DISTINCT e) FROM dms.staffeducationorganizationauthorization s,
            jsonb_array_elements(s.staffeducationorganizationauthorizationedorgids) e
         WHERE s.staffuniqueid = t.person
            AND (t.association IS NULL
                OR (s.staffeducationorganizationid = t.association
                    AND s.staffeducationorganizationpartitionkey = t.association_pk))) AS ids
    FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::bigint[], $5::smallint[])
        AS t (person, id, pk, association, association_pk)
)
UPDATE dms.document d
SET staffeducationorganizationauthorizationedorgids = fresh.ids
FROM fresh
WHERE d.documentpartitionkey = fresh.pk AND d.id = fresh.id
    AND (d.staffeducationorganizationauthorizationedorgids @> fresh.ids
        AND d.staffeducationorganizationauthorizationedorgids <@ fresh.ids) IS NOT TRUE
    AND (d.staffeducationorganizationauthorizationedorgids IS NOT NULL OR fresh.ids IS NOT NULL)
