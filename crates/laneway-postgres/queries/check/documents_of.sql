-- The documents that carry arrays or rows of students ($1), staff members ($2) and contacts ($3).
SELECT DISTINCT k.document_partition, k.document_id
FROM (
    SELECT s.studentsecurabledocumentpartitionkey AS document_partition, s.studentsecurabledocumentid AS document_id
    FROM unnest($1::text[]) AS p (person) JOIN dms.studentsecurabledocument s ON s.studentuniqueid = p.person
    UNION ALL
    SELECT s.studentschoolassociationpartitionkey, s.studentschoolassociationid
    FROM unnest($1::text[]) AS p (person) JOIN dms.studentschoolassociationauthorization s ON s.studentuniqueid = p.person
    UNION ALL
    SELECT s.studentedorgresponsibilityassociationpartitionkey, s.studentedorgresponsibilityassociationid
    FROM unnest($1::text[]) AS p (person)
    JOIN dms.studenteducationorganizationresponsibilityauthorization s ON s.studentuniqueid = p.person
    UNION ALL
    SELECT r.studentcontactassociationdocumentpartitionkey, r.studentcontactassociationdocumentid
    FROM unnest($1::text[]) AS p (person) JOIN dms.studentcontactrelation r ON r.studentuniqueid = p.person
    UNION ALL
    SELECT s.staffsecurabledocumentpartitionkey, s.staffsecurabledocumentid
    FROM unnest($2::text[]) AS p (person) JOIN dms.staffsecurabledocument s ON s.staffuniqueid = p.person
    UNION ALL
    SELECT s.staffeducationorganizationpartitionkey, s.staffeducationorganizationid
    FROM unnest($2::text[]) AS p (person) JOIN dms.staffeducationorganizationauthorization s ON s.staffuniqueid = p.person
    UNION ALL
    SELECT s.contactsecurabledocumentpartitionkey, s.contactsecurabledocumentid
    FROM unnest($3::text[]) AS p (person) JOIN dms.contactsecurabledocument s ON s.contactuniqueid = p.person
    UNION ALL
    SELECT r.studentcontactassociationdocumentpartitionkey, r.studentcontactassociationdocumentid
    FROM unnest($3::text[]) AS p (person) JOIN dms.studentcontactrelation r ON r.contactuniqueid = p.person
) k
ORDER BY k.document_partition, k.document_id
