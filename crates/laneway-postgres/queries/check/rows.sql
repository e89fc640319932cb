-- What other tables hold for documents ($2) of a partition ($1). Each arm gives rows of one kind, which fill the columns that it
-- has and leave the others null; `check/read.rs` reads kinds and columns by these names.
SELECT 'alias' AS kind, a.documentid AS document, NULL::text AS person, NULL::text AS other, NULL::bigint AS organization,
    NULL::text AS list, a.referentialid AS referential_id, a.referentialpartitionkey AS partition, a.id AS row_id,
    NULL::smallint AS other_partition, NULL::bigint AS other_id
FROM dms.alias a
WHERE a.documentpartitionkey = $1 AND a.documentid = ANY ($2)

UNION ALL -- partition and row_id are the alias's, other_… the document's that is referred to.
SELECT 'reference', r.parentdocumentid, NULL, NULL, NULL, NULL, NULL, r.referentialpartitionkey, r.aliasid,
    r.referenceddocumentpartitionkey, r.referenceddocumentid
FROM dms.reference r
WHERE r.parentdocumentpartitionkey = $1 AND r.parentdocumentid = ANY ($2)

UNION ALL
SELECT 'student', s.studentsecurabledocumentid, s.studentuniqueid, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM dms.studentsecurabledocument s
WHERE s.studentsecurabledocumentpartitionkey = $1 AND s.studentsecurabledocumentid = ANY ($2)

UNION ALL
SELECT 'staff', s.staffsecurabledocumentid, s.staffuniqueid, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM dms.staffsecurabledocument s
WHERE s.staffsecurabledocumentpartitionkey = $1 AND s.staffsecurabledocumentid = ANY ($2)

UNION ALL
SELECT 'contact', s.contactsecurabledocumentid, s.contactuniqueid, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM dms.contactsecurabledocument s
WHERE s.contactsecurabledocumentpartitionkey = $1 AND s.contactsecurabledocumentid = ANY ($2)

UNION ALL
SELECT 'school association', s.studentschoolassociationid, s.studentuniqueid, NULL, s.hierarchyschoolid,
    s.studentschoolauthorizationeducationorganizationids::text, NULL, NULL, NULL, NULL, NULL
FROM dms.studentschoolassociationauthorization s
WHERE s.studentschoolassociationpartitionkey = $1 AND s.studentschoolassociationid = ANY ($2)

UNION ALL
SELECT 'responsibility association', s.studentedorgresponsibilityassociationid, s.studentuniqueid, NULL, s.hierarchyedorgid,
    s.studentedorgresponsibilityauthorizationedorgids::text, NULL, NULL, NULL, NULL, NULL
FROM dms.studenteducationorganizationresponsibilityauthorization s
WHERE s.studentedorgresponsibilityassociationpartitionkey = $1 AND s.studentedorgresponsibilityassociationid = ANY ($2)

UNION ALL
SELECT 'staff association', s.staffeducationorganizationid, s.staffuniqueid, NULL, s.hierarchyedorgid,
    s.staffeducationorganizationauthorizationedorgids::text, NULL, NULL, NULL, NULL, NULL
FROM dms.staffeducationorganizationauthorization s
WHERE s.staffeducationorganizationpartitionkey = $1 AND s.staffeducationorganizationid = ANY ($2)

UNION ALL
SELECT 'relation', r.studentcontactassociationdocumentid, r.studentuniqueid, r.contactuniqueid, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL
FROM dms.studentcontactrelation r
WHERE r.studentcontactassociationdocumentpartitionkey = $1 AND r.studentcontactassociationdocumentid = ANY ($2)

UNION ALL -- other_… are the school association's.
SELECT 'contact row', c.studentcontactassociationid, c.studentuniqueid, c.contactuniqueid, NULL,
    c.contactstudentschoolauthorizationeducationorganizationids::text, NULL, NULL, NULL,
    c.studentschoolassociationpartitionkey, c.studentschoolassociationid
FROM dms.contactstudentschoolauthorization c
WHERE c.studentcontactassociationpartitionkey = $1 AND c.studentcontactassociationid = ANY ($2)
