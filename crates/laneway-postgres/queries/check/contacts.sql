-- Of contacts ($1): the schools of the students that they are related to, and the lists of the rows that stand for those.
SELECT DISTINCT r.contactuniqueid::text AS person, s.hierarchyschoolid AS organization, NULL::text AS list
FROM unnest($1::text[]) AS p (person)
JOIN dms.studentcontactrelation r ON r.contactuniqueid = p.person
JOIN dms.studentschoolassociationauthorization s ON s.studentuniqueid = r.studentuniqueid

UNION ALL
SELECT c.contactuniqueid, NULL, c.contactstudentschoolauthorizationeducationorganizationids::text
FROM unnest($1::text[]) AS p (person)
JOIN dms.contactstudentschoolauthorization c ON c.contactuniqueid = p.person
