-- The rows of associations ($1, $2) get the ancestors of their organizations. UNION ends in a cycle too.
WITH RECURSIVE up AS (
    SELECT s.id AS row_id, h.id, h.educationorganizationid, h.parentid
    FROM unnest($1::smallint[], $2::bigint[]) AS t (pk, id)
    JOIN dms.studenteducationorganizationresponsibilityauthorization s
        ON s.studentedorgresponsibilityassociationpartitionkey = t.pk AND s.studentedorgresponsibilityassociationid = t.id
    JOIN dms.educationorganizationhierarchy h ON h.educationorganizationid = s.hierarchyedorgid
    UNION
    SELECT up.row_id, p.id, p.educationorganizationid, p.parentid
    FROM up JOIN dms.educationorganizationhierarchy p ON p.id = up.parentid
),
fresh AS (
    SELECT row_id, jsonb_agg(educationorganizationid::text ORDER BY educationorganizationid) AS ids FROM up GROUP BY row_id
)
UPDATE dms.studenteducationorganizationresponsibilityauthorization s
SET studentedorgresponsibilityauthorizationedorgids = fresh.ids
FROM fresh
WHERE s.id = fresh.row_id AND s.studentedorgresponsibilityauthorizationedorgids <> fresh.ids
