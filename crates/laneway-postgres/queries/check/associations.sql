-- The association rows of persons: students ($1) at schools and under responsibility, staff members ($2).
SELECT 'school association' AS kind, s.studentuniqueid::text AS person, s.hierarchyschoolid AS organization,
    s.studentschoolauthorizationeducationorganizationids::text AS list,
    s.studentschoolassociationpartitionkey AS document_partition, s.studentschoolassociationid AS document_id
FROM unnest($1::text[]) AS p (person)
JOIN dms.studentschoolassociationauthorization s ON s.studentuniqueid = p.person

UNION ALL
SELECT 'responsibility association', s.studentuniqueid, s.hierarchyedorgid,
    s.studentedorgresponsibilityauthorizationedorgids::text,
    s.studentedorgresponsibilityassociationpartitionkey, s.studentedorgresponsibilityassociationid
FROM unnest($1::text[]) AS p (person)
JOIN dms.studenteducationorganizationresponsibilityauthorization s ON s.studentuniqueid = p.person

UNION ALL
SELECT 'staff association', s.staffuniqueid, s.hierarchyedorgid,
    s.staffeducationorganizationauthorizationedorgids::text,
    s.staffeducationorganizationpartitionkey, s.staffeducationorganizationid
FROM unnest($2::text[]) AS p (person)
JOIN dms.staffeducationorganizationauthorization s ON s.staffuniqueid = p.person
