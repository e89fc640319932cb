-- Locks staff members: as lock_students.sql, written out, since no parameter can stand for a table.
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
    SELECT s.staffuniqueid, false
    FROM stored JOIN dms.staffsecurabledocument s
        ON s.staffsecurabledocumentid = stored.id AND s.staffsecurabledocumentpartitionkey = stored.pk
    UNION ALL
    SELECT s.staffuniqueid, true
    FROM stored JOIN dms.staffeducationorganizationauthorization s
        ON s.staffeducationorganizationid = stored.id AND s.staffeducationorganizationpartitionkey = stored.pk
),
ordered AS (
    SELECT person, bool_or(exclusive) AS exclusive, hashtextextended('laneway staff ' || person, 0) AS key
    FROM wanted GROUP BY person ORDER BY key, person
)
SELECT person, CASE WHEN exclusive THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
FROM ordered
