-- What other tables hold for documents ($2) of a partition ($1), each looked up by its key: given a list to filter by, the planner may
-- walk the partition. Each arm gives rows of one kind, which fill the columns that it has and leave the others null;
-- `check/session.rs` reads kinds and columns by these names.
SELECT 'alias' AS kind, a.documentid AS document, NULL::text AS person, NULL::text AS other, NULL::bigint AS organization,
    NULL::text AS list, a.referentialid AS referential_id, a.referentialpartitionkey AS partition,
    NULL::smallint AS other_partition, NULL::bigint AS other_id
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.alias a ON a.documentpartitionkey = $1 AND a.documentid = k.id

UNION ALL
SELECT 'student', s.studentsecurabledocumentid, s.studentuniqueid, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.studentsecurabledocument s ON s.studentsecurabledocumentpartitionkey = $1 AND s.studentsecurabledocumentid = k.id

UNION ALL
SELECT 'staff', s.staffsecurabledocumentid, s.staffuniqueid, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.staffsecurabledocument s ON s.staffsecurabledocumentpartitionkey = $1 AND s.staffsecurabledocumentid = k.id

UNION ALL
SELECT 'contact', s.contactsecurabledocumentid, s.contactuniqueid, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.contactsecurabledocument s ON s.contactsecurabledocumentpartitionkey = $1 AND s.contactsecurabledocumentid = k.id

UNION ALL
SELECT 'school association', s.studentschoolassociationid, s.studentuniqueid, NULL, s.hierarchyschoolid,
    s.studentschoolauthorizationeducationorganizationids::text, NULL, NULL, NULL, NULL
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.studentschoolassociationauthorization s ON s.studentschoolassociationpartitionkey = $1 AND s.studentschoolassociationid = k.id

UNION ALL
SELECT 'responsibility association', s.studentedorgresponsibilityassociationid, s.studentuniqueid, NULL, s.hierarchyedorgid,
    s.studentedorgresponsibilityauthorizationedorgids::text, NULL, NULL, NULL, NULL
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.studenteducationorganizationresponsibilityauthorization s ON s.studentedorgresponsibilityassociationpartitionkey = $1 AND s.studentedorgresponsibilityassociationid = k.id

UNION ALL
SELECT 'staff association', s.staffeducationorganizationid, s.staffuniqueid, NULL, s.hierarchyedorgid,
    s.staffeducationorganizationauthorizationedorgids::text, NULL, NULL, NULL, NULL
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.staffeducationorganizationauthorization s ON s.staffeducationorganizationpartitionkey = $1 AND s.staffeducationorganizationid = k.id

UNION ALL
SELECT 'relation', r.studentcontactassociationdocumentid, r.studentuniqueid, r.contactuniqueid, NULL, NULL, NULL, NULL,
    NULL, NULL
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.studentcontactrelation r ON r.studentcontactassociationdocumentpartitionkey = $1 AND r.studentcontactassociationdocumentid = k.id

UNION ALL -- other_… are the school association's.
SELECT 'contact row', c.studentcontactassociationid, c.studentuniqueid, c.contactuniqueid, NULL,
    c.contactstudentschoolauthorizationeducationorganizationids::text, NULL, NULL,
    c.studentschoolassociationpartitionkey, c.studentschoolassociationid
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.contactstudentschoolauthorization c ON c.studentcontactassociationpartitionkey = $1 AND c.studentcontactassociationid = k.id
