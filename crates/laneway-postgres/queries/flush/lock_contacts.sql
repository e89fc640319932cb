-- Locks contacts: as lock_students.sql, and the contacts of the students that are locked exclusively ($5), whose
-- school associations change the contacts' arrays. The students' locks are held, so their contacts do not change.
WITH stored AS (
    SELECT a.documentid AS id, a.documentpartitionkey AS pk
    FROM unnest($3::smallint[], $4::uuid[]) AS i (pk, rid)
    JOIN dms.alias a ON a.referentialpartitionkey = i.pk AND a.referentialid = i.rid
),
students (student) AS (
    SELECT unnest($5::text[])
    UNION
    SELECT s.studentuniqueid
    FROM stored JOIN dms.studentschoolassociationauthorization s
        ON s.studentschoolassociationid = stored.id AND s.studentschoolassociationpartitionkey = stored.pk
),
wanted (person, exclusive) AS (
    SELECT unnest($1::text[]), false
    UNION ALL
    SELECT unnest($2::text[]), true
    UNION ALL
    SELECT s.contactuniqueid, false
    FROM stored JOIN dms.contactsecurabledocument s
        ON s.contactsecurabledocumentid = stored.id AND s.contactsecurabledocumentpartitionkey = stored.pk
    UNION ALL
    SELECT r.contactuniqueid, true
    FROM students JOIN dms.studentcontactrelation r ON r.studentuniqueid = students.student
    UNION ALL
    SELECT c.contactuniqueid, true
    FROM students JOIN dms.contactstudentschoolauthorization c ON c.studentuniqueid = students.student
),
ordered AS (
    SELECT person, bool_or(exclusive) AS exclusive, hashtextextended('laneway contact ' || person, 0) AS key
    FROM wanted GROUP BY person ORDER BY key, person
)
SELECT person, CASE WHEN exclusive THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
FROM ordered
