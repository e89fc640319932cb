-- How many rows the tables have that an upsert writes.
SELECT 'Document', count(*) FROM dms.document
UNION ALL SELECT 'Alias', count(*) FROM dms.alias
UNION ALL SELECT 'Reference', count(*) FROM dms.reference
UNION ALL SELECT 'EducationOrganizationHierarchy', count(*) FROM dms.educationorganizationhierarchy
UNION ALL SELECT 'StudentSchoolAssociationAuthorization', count(*) FROM dms.studentschoolassociationauthorization
UNION ALL SELECT 'ContactStudentSchoolAuthorization', count(*) FROM dms.contactstudentschoolauthorization
UNION ALL SELECT 'StaffEducationOrganizationAuthorization', count(*) FROM dms.staffeducationorganizationauthorization
UNION ALL SELECT 'StudentSecurableDocument', count(*) FROM dms.studentsecurabledocument;
