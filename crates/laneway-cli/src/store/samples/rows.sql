-- How many rows the tables have that an upsert writes.
SELECT name, count::text FROM (
    SELECT 1 AS place, 'Document' AS name, count(*) FROM dms.document
    UNION ALL SELECT 2, 'Alias', count(*) FROM dms.alias
    UNION ALL SELECT 3, 'Reference', count(*) FROM dms.reference
    UNION ALL SELECT 4, 'EducationOrganizationHierarchy', count(*) FROM dms.educationorganizationhierarchy
    UNION ALL SELECT 5, 'StudentSchoolAssociationAuthorization', count(*) FROM dms.studentschoolassociationauthorization
    UNION ALL SELECT 6, 'ContactStudentSchoolAuthorization', count(*) FROM dms.contactstudentschoolauthorization
    UNION ALL SELECT 7, 'StaffEducationOrganizationAuthorization', count(*) FROM dms.staffeducationorganizationauthorization
    UNION ALL SELECT 8, 'StudentSecurableDocument', count(*) FROM dms.studentsecurabledocument
) counted ORDER BY place;
