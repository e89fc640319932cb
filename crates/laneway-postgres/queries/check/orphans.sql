-- Rows that stand for no document, alias or organization: table, what they lack, and what identifies them. Foreign keys forbid
-- most of them, unless they were switched off for a while.
SELECT 'alias' AS table_name, 'document' AS lacks, a.referentialid::text AS subject
FROM dms.alias a
WHERE NOT EXISTS (SELECT FROM dms.document d WHERE d.documentpartitionkey = a.documentpartitionkey AND d.id = a.documentid)

UNION ALL
SELECT 'reference', 'document', format('%s:%s', r.parentdocumentpartitionkey, r.parentdocumentid)
FROM dms.reference r
WHERE NOT EXISTS (
    SELECT FROM dms.document d WHERE d.documentpartitionkey = r.parentdocumentpartitionkey AND d.id = r.parentdocumentid)

UNION ALL
SELECT 'studentsecurabledocument', 'document', s.studentuniqueid
FROM dms.studentsecurabledocument s
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = s.studentsecurabledocumentpartitionkey AND d.id = s.studentsecurabledocumentid)

UNION ALL
SELECT 'staffsecurabledocument', 'document', s.staffuniqueid
FROM dms.staffsecurabledocument s
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = s.staffsecurabledocumentpartitionkey AND d.id = s.staffsecurabledocumentid)

UNION ALL
SELECT 'contactsecurabledocument', 'document', s.contactuniqueid
FROM dms.contactsecurabledocument s
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = s.contactsecurabledocumentpartitionkey AND d.id = s.contactsecurabledocumentid)

UNION ALL
SELECT 'studentschoolassociationauthorization', 'document', s.studentuniqueid
FROM dms.studentschoolassociationauthorization s
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = s.studentschoolassociationpartitionkey AND d.id = s.studentschoolassociationid)

UNION ALL
SELECT 'studenteducationorganizationresponsibilityauthorization', 'document', s.studentuniqueid
FROM dms.studenteducationorganizationresponsibilityauthorization s
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = s.studentedorgresponsibilityassociationpartitionkey
        AND d.id = s.studentedorgresponsibilityassociationid)

UNION ALL
SELECT 'staffeducationorganizationauthorization', 'document', s.staffuniqueid
FROM dms.staffeducationorganizationauthorization s
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = s.staffeducationorganizationpartitionkey AND d.id = s.staffeducationorganizationid)

UNION ALL
SELECT 'studentcontactrelation', 'document', format('%s, %s', r.studentuniqueid, r.contactuniqueid)
FROM dms.studentcontactrelation r
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = r.studentcontactassociationdocumentpartitionkey
        AND d.id = r.studentcontactassociationdocumentid)

UNION ALL
SELECT 'contactstudentschoolauthorization', 'document', format('%s, %s', c.studentuniqueid, c.contactuniqueid)
FROM dms.contactstudentschoolauthorization c
WHERE NOT EXISTS (
    SELECT FROM dms.document d
    WHERE d.documentpartitionkey = c.studentcontactassociationpartitionkey AND d.id = c.studentcontactassociationid)
    OR c.studentschoolassociationid IS NOT NULL AND NOT EXISTS (
        SELECT FROM dms.document d
        WHERE d.documentpartitionkey = c.studentschoolassociationpartitionkey AND d.id = c.studentschoolassociationid)

UNION ALL
SELECT 'educationorganizationhierarchytermslookup', 'organization', l.id::text
FROM dms.educationorganizationhierarchytermslookup l
WHERE NOT EXISTS (SELECT FROM dms.educationorganizationhierarchy h WHERE h.educationorganizationid = l.id)
