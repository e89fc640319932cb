-- Ways to corrupt a store: a line "kind: name (table of the difference)" and a statement, which corrupts one row and returns what
-- differences name it by, first what it is found by, then what depends on it. A statement of the kind "document" is run on a
-- document of its own: v.p, v.d, v.u are its partition, id and uuid.

-- document: an alias under another identity (alias)
UPDATE dms.alias SET referentialid = overlay(referentialid::text PLACING 'ffffffff' FROM 1)::uuid WHERE
    (referentialpartitionkey, id) = (SELECT a.referentialpartitionkey, a.id FROM victim v JOIN dms.alias a ON
    a.documentpartitionkey = v.p AND a.documentid = v.d ORDER BY a.id LIMIT 1) RETURNING (SELECT u FROM victim)::text

-- document: an alias that is gone (alias)
DELETE FROM dms.alias WHERE (referentialpartitionkey, id) = (SELECT a.referentialpartitionkey, a.id FROM victim v JOIN
    dms.alias a ON a.documentpartitionkey = v.p AND a.documentid = v.d ORDER BY a.id DESC LIMIT 1) RETURNING (SELECT u FROM
    victim)::text

-- document: an alias too many (alias)
INSERT INTO dms.alias (referentialpartitionkey, referentialid, documentid, documentpartitionkey) SELECT 0,
    overlay(gen_random_uuid()::text PLACING '0' FROM 36)::uuid, v.d, v.p FROM victim v RETURNING (SELECT u FROM victim)::text

-- document: a reference that is gone (reference)
DELETE FROM dms.reference WHERE (parentdocumentpartitionkey, id) = (SELECT r.parentdocumentpartitionkey, r.id FROM victim v
    JOIN dms.reference r ON r.parentdocumentpartitionkey = v.p AND r.parentdocumentid = v.d LIMIT 1) RETURNING (SELECT u FROM
    victim)::text

-- document: a reference too many (reference)
INSERT INTO dms.reference (parentdocumentid, parentdocumentpartitionkey, referentialpartitionkey, aliasid,
    referenceddocumentpartitionkey, referenceddocumentid) SELECT v.d, v.p, a.referentialpartitionkey, a.id,
    a.documentpartitionkey, a.documentid FROM victim v, dms.alias a WHERE NOT EXISTS (SELECT FROM dms.reference r WHERE
    r.parentdocumentpartitionkey = v.p AND r.parentdocumentid = v.d AND r.aliasid = a.id) LIMIT 1 RETURNING (SELECT u FROM
    victim)::text

-- document: a reference to another document (reference)
UPDATE dms.reference SET referenceddocumentid = referenceddocumentid + 1 WHERE (parentdocumentpartitionkey, id) = (SELECT
    r.parentdocumentpartitionkey, r.id FROM victim v JOIN dms.reference r ON r.parentdocumentpartitionkey = v.p AND
    r.parentdocumentid = v.d LIMIT 1) RETURNING (SELECT u FROM victim)::text

-- document: a securable row that is gone (studentsecurabledocument)
DELETE FROM dms.studentsecurabledocument s USING victim v WHERE s.studentsecurabledocumentpartitionkey = v.p AND
    s.studentsecurabledocumentid = v.d RETURNING v.u::text

-- document: a securable row of another student (studentsecurabledocument)
UPDATE dms.studentsecurabledocument s SET studentuniqueid = 'another' FROM victim v WHERE
    s.studentsecurabledocumentpartitionkey = v.p AND s.studentsecurabledocumentid = v.d RETURNING v.u::text

-- document: a securable row too many (staffsecurabledocument)
INSERT INTO dms.staffsecurabledocument (staffuniqueid, staffsecurabledocumentid, staffsecurabledocumentpartitionkey) SELECT
    'another', v.d, v.p FROM victim v RETURNING (SELECT u FROM victim)::text

-- document: a student's array that is null (document)
UPDATE dms.document d SET studentschoolauthorizationedorgids = NULL FROM victim v WHERE d.documentpartitionkey = v.p AND d.id
    = v.d RETURNING v.u::text

-- document: a student's array with an organization too many (document)
UPDATE dms.document d SET studentschoolauthorizationedorgids = d.studentschoolauthorizationedorgids || '["77"]' FROM victim v
    WHERE d.documentpartitionkey = v.p AND d.id = v.d RETURNING v.u::text

-- document: a student's array without an organization (document)
UPDATE dms.document d SET studentschoolauthorizationedorgids = d.studentschoolauthorizationedorgids - 0 FROM victim v WHERE
    d.documentpartitionkey = v.p AND d.id = v.d RETURNING v.u::text

-- document: an array of a responsibility that there is not (document)
UPDATE dms.document d SET studentedorgresponsibilityauthorizationids = '["77"]' FROM victim v WHERE d.documentpartitionkey =
    v.p AND d.id = v.d RETURNING v.u::text

-- document: an array of a person that the document does not name (document)
UPDATE dms.document d SET staffeducationorganizationauthorizationedorgids = '["77"]' FROM victim v WHERE
    d.documentpartitionkey = v.p AND d.id = v.d RETURNING v.u::text

-- document: another id in the body (document)
UPDATE dms.document d SET edfidoc = jsonb_set(d.edfidoc, '{id}', '"another"') FROM victim v WHERE d.documentpartitionkey =
    v.p AND d.id = v.d RETURNING v.u::text

-- document: other security elements (document)
UPDATE dms.document d SET securityelements = '{}' FROM victim v WHERE d.documentpartitionkey = v.p AND d.id = v.d RETURNING
    v.u::text

-- document: a descriptor that is none (document)
UPDATE dms.document d SET isdescriptor = NOT d.isdescriptor FROM victim v WHERE d.documentpartitionkey = v.p AND d.id = v.d
    RETURNING v.u::text

-- document: a document without what identifies it (document)
UPDATE dms.document d SET edfidoc = '{}' FROM victim v WHERE d.documentpartitionkey = v.p AND d.id = v.d RETURNING v.u::text

-- document: a document that is gone, and its rows are not (alias)
DELETE FROM dms.document d USING victim v WHERE d.documentpartitionkey = v.p AND d.id = v.d RETURNING (SELECT
    string_agg(a.referentialid::text, ' ') FROM dms.alias a WHERE a.documentpartitionkey = v.p AND a.documentid = v.d) || ' '
    || v.p || ':' || v.d || ' ' || (SELECT s.studentuniqueid FROM dms.studentsecurabledocument s WHERE
    s.studentsecurabledocumentpartitionkey = v.p AND s.studentsecurabledocumentid = v.d)

-- other: a list of a school association (studentschoolassociationauthorization)
UPDATE dms.studentschoolassociationauthorization s SET studentschoolauthorizationeducationorganizationids = '["77"]' WHERE
    s.id = (SELECT min(id) FROM dms.studentschoolassociationauthorization) RETURNING (SELECT d.documentuuid FROM dms.document
    d WHERE (d.documentpartitionkey, d.id) = (s.studentschoolassociationpartitionkey, s.studentschoolassociationid))::text

-- other: a school association's row that is gone (studentschoolassociationauthorization)
DELETE FROM dms.studentschoolassociationauthorization s WHERE s.id = (SELECT max(id) FROM
    dms.studentschoolassociationauthorization) RETURNING (SELECT d.documentuuid FROM dms.document d WHERE
    (d.documentpartitionkey, d.id) = (s.studentschoolassociationpartitionkey, s.studentschoolassociationid))::text || ' ' ||
    s.studentuniqueid || coalesce((SELECT string_agg(' ' || r.contactuniqueid, '') FROM dms.studentcontactrelation r WHERE
    r.studentuniqueid = s.studentuniqueid), '')

-- other: a list of a responsibility association (studenteducationorganizationresponsibilityauthorization)
UPDATE dms.studenteducationorganizationresponsibilityauthorization s SET studentedorgresponsibilityauthorizationedorgids =
    '[]' WHERE s.id = (SELECT min(id) FROM dms.studenteducationorganizationresponsibilityauthorization) RETURNING (SELECT
    d.documentuuid FROM dms.document d WHERE (d.documentpartitionkey, d.id) =
    (s.studentedorgresponsibilityassociationpartitionkey, s.studentedorgresponsibilityassociationid))::text

-- other: a list of a staff association (staffeducationorganizationauthorization)
UPDATE dms.staffeducationorganizationauthorization s SET staffeducationorganizationauthorizationedorgids = '["77"]' WHERE
    s.id = (SELECT min(id) FROM dms.staffeducationorganizationauthorization) RETURNING (SELECT d.documentuuid FROM
    dms.document d WHERE (d.documentpartitionkey, d.id) = (s.staffeducationorganizationpartitionkey,
    s.staffeducationorganizationid))::text

-- other: a contact's row that is gone (contactstudentschoolauthorization)
DELETE FROM dms.contactstudentschoolauthorization c WHERE c.id = (SELECT min(id) FROM dms.contactstudentschoolauthorization)
    RETURNING c.contactuniqueid

-- other: a contact's row with another list (contactstudentschoolauthorization)
UPDATE dms.contactstudentschoolauthorization c SET contactstudentschoolauthorizationeducationorganizationids = '["77"]' WHERE
    c.id = (SELECT max(id) FROM dms.contactstudentschoolauthorization) RETURNING c.contactuniqueid

-- other: a relation that is gone (studentcontactrelation)
DELETE FROM dms.studentcontactrelation r WHERE r.id = (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM
    dms.studentcontactrelation) RETURNING (SELECT d.documentuuid FROM dms.document d WHERE (d.documentpartitionkey, d.id) =
    (r.studentcontactassociationdocumentpartitionkey, r.studentcontactassociationdocumentid))::text || ' ' ||
    r.contactuniqueid

-- other: a lookup without what is below (educationorganizationhierarchytermslookup)
UPDATE dms.educationorganizationhierarchytermslookup l SET hierarchy = jsonb_build_array(l.id::text) WHERE l.id = (SELECT
    min(p.educationorganizationid) FROM dms.educationorganizationhierarchy p JOIN dms.educationorganizationhierarchy c ON
    c.parentid = p.id) RETURNING 'organization ' || l.id

-- other: a lookup of nothing (educationorganizationhierarchytermslookup)
INSERT INTO dms.educationorganizationhierarchytermslookup (id, hierarchy) VALUES (987654, '["987654"]') RETURNING id::text

-- other: an organization without a document (educationorganizationhierarchy)
INSERT INTO dms.educationorganizationhierarchy (projectname, resourcename, educationorganizationid, documentid,
    documentpartitionkey) VALUES ('Ed-Fi', 'School', 876543, 1, 15) RETURNING 'organization ' || educationorganizationid

-- other: organizations that are each other's parents (educationorganizationhierarchy)
WITH pair AS (INSERT INTO dms.educationorganizationhierarchy (id, projectname, resourcename, educationorganizationid,
    parentid, documentid, documentpartitionkey) OVERRIDING SYSTEM VALUE VALUES (-1, 'Ed-Fi', 'School', 1001, -2, 1, 15), (-2,
    'Ed-Fi', 'School', 1002, -1, 1, 15) RETURNING educationorganizationid) SELECT 'organization 1001 organization 1002'
