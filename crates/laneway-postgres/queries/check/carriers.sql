-- The documents that carry arrays of students ($1) and contacts ($2), by the securable rows that triggers go by, and persons' own
-- associations, which triggers write as well.
SELECT 'student' AS kind, s.studentuniqueid::text AS person, s.studentsecurabledocumentpartitionkey AS document_partition,
    s.studentsecurabledocumentid AS document_id
FROM unnest($1::text[]) AS p (person) JOIN dms.studentsecurabledocument s ON s.studentuniqueid = p.person
UNION
SELECT 'contact', s.contactuniqueid, s.contactsecurabledocumentpartitionkey, s.contactsecurabledocumentid
FROM unnest($2::text[]) AS p (person) JOIN dms.contactsecurabledocument s ON s.contactuniqueid = p.person
ORDER BY 1, 2, 3, 4
