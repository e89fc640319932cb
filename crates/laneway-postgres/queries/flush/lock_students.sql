-- Locks students, each once, in its strongest mode, in the order of the keys:
-- $1 shared, $2 exclusive; $3, $4 the identities whose stored documents may name further students.
-- A stored association is about to change its student's arrays, any other document only reads them.
WITH stored AS (
    SELECT a.documentid AS id, a.documentpartitionkey AS pk
    FROM unnest($3::smallint[], $4::uuid[]) AS i (pk, rid)
    JOIN dms.alias a ON a.referentialpartitionkey = i.pk AND a.referentialid = i.rid
),
wanted (person, exclusive) AS (
    SELECT unnest($1::text[]), false
    UNION ALL
    SELECT unnest($2::text[]), true
    UNION ALL
    SELECT s.studentuniqueid, false
    FROM stored JOIN dms.studentsecurabledocument s
        ON s.studentsecurabledocumentid = stored.id AND s.studentsecurabledocumentpartitionkey = stored.pk
    UNION ALL
    SELECT s.studentuniqueid, true
    FROM stored JOIN dms.studentschoolassociationauthorization s
        ON s.studentschoolassociationid = stored.id AND s.studentschoolassociationpartitionkey = stored.pk
    UNION ALL
    SELECT s.studentuniqueid, true
    FROM stored JOIN dms.studenteducationorganizationresponsibilityauthorization s
        ON s.studentedorgresponsibilityassociationid = stored.id
        AND s.studentedorgresponsibilityassociationpartitionkey = stored.pk
),
-- Grouped, so that it is not merged into the statement around it: locks are taken in the order of this one.
ordered AS (
    SELECT person, bool_or(exclusive) AS exclusive, hashtextextended('laneway student ' || person, 0) AS key
    FROM wanted GROUP BY person ORDER BY key, person
)
SELECT person, CASE WHEN exclusive THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
FROM ordered
