-- Persons and organizations of whom rows tell that are newer than the marks ($1), in the order of marks.sql.
SELECT 'student' AS kind, studentuniqueid::text AS subject FROM dms.studentsecurabledocument WHERE id > ($1::bigint[])[1]
UNION
SELECT 'student', studentuniqueid FROM dms.studentschoolassociationauthorization WHERE id > ($1::bigint[])[2]
UNION
SELECT 'student', studentuniqueid FROM dms.studenteducationorganizationresponsibilityauthorization
WHERE id > ($1::bigint[])[3]
UNION
SELECT 'staff', staffuniqueid FROM dms.staffsecurabledocument WHERE id > ($1::bigint[])[4]
UNION
SELECT 'staff', staffuniqueid FROM dms.staffeducationorganizationauthorization WHERE id > ($1::bigint[])[5]
UNION
SELECT 'contact', contactuniqueid FROM dms.contactsecurabledocument WHERE id > ($1::bigint[])[6]
UNION
SELECT 'contact', contactuniqueid FROM dms.studentcontactrelation WHERE id > ($1::bigint[])[7]
UNION
SELECT 'student', studentuniqueid FROM dms.studentcontactrelation WHERE id > ($1::bigint[])[7]
UNION
SELECT 'contact', contactuniqueid FROM dms.contactstudentschoolauthorization WHERE id > ($1::bigint[])[8]
UNION
SELECT 'organization', educationorganizationid::text FROM dms.educationorganizationhierarchy WHERE id > ($1::bigint[])[9]
