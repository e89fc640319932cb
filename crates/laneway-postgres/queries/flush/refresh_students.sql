-- The arrays of documents ($2, $3) of students ($1) that have an association in the same batch: the triggers ran
-- before the securable rows were there. Only rows whose arrays, as sets, are not what they should be.
WITH fresh AS (
    SELECT t.id, t.pk,
        (SELECT jsonb_agg(DISTINCT e) FROM dms.studentschoolassociationauthorization s,
            jsonb_array_elements(s.studentschoolauthorizationeducationorganizationids) e
         WHERE s.studentuniqueid = t.person) AS school,
        (SELECT jsonb_agg(DISTINCT e) FROM dms.studenteducationorganizationresponsibilityauthorization s,
            jsonb_array_elements(s.studentedorgresponsibilityauthorizationedorgids) e
         WHERE s.studentuniqueid = t.person) AS responsibility
    FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS t (person, id, pk)
)
UPDATE dms.document d
SET studentschoolauthorizationedorgids = fresh.school, studentedorgresponsibilityauthorizationids = fresh.responsibility
FROM fresh
WHERE d.documentpartitionkey = fresh.pk AND d.id = fresh.id
    AND ((d.studentschoolauthorizationedorgids @> fresh.school AND d.studentschoolauthorizationedorgids <@ fresh.school)
            IS NOT TRUE
        AND (d.studentschoolauthorizationedorgids IS NOT NULL OR fresh.school IS NOT NULL)
        OR (d.studentedorgresponsibilityauthorizationids @> fresh.responsibility
                AND d.studentedorgresponsibilityauthorizationids <@ fresh.responsibility) IS NOT TRUE
            AND (d.studentedorgresponsibilityauthorizationids IS NOT NULL OR fresh.responsibility IS NOT NULL))
