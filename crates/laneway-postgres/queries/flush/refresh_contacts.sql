-- As refresh_students.sql, for contacts.
WITH fresh AS (
    SELECT t.id, t.pk,
        (SELECT jsonb_agg(DISTINCT e) FROM dms.contactstudentschoolauthorization s,
            jsonb_array_elements(s.contactstudentschoolauthorizationeducationorganizationids) e
         WHERE s.contactuniqueid = t.person) AS ids
    FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS t (person, id, pk)
)
UPDATE dms.document d
SET contactstudentschoolauthorizationedorgids = fresh.ids
FROM fresh
WHERE d.documentpartitionkey = fresh.pk AND d.id = fresh.id
    AND (d.contactstudentschoolauthorizationedorgids @> fresh.ids AND d.contactstudentschoolauthorizationedorgids <@ fresh.ids)
        IS NOT TRUE
    AND (d.contactstudentschoolauthorizationedorgids IS NOT NULL OR fresh.ids IS NOT NULL)
