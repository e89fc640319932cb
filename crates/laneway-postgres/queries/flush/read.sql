-- Everything that a flush reads, in one statement and so in one snapshot, after its last lock. Each arm gives rows
-- of one kind; n is the place (from 1) in the list that the arm answers.
--   $1..$6   identities: partition, ReferentialId, has a superclass, is in the hierarchy, paths of the two sides
--            of an association in the body
--   $7, $8   references and superclass identities: partition, ReferentialId
--   $9..$11  students, staff, contacts
--   $12      organizations
--   $13, $14 candidate DocumentUuids to look for: partition, uuid
--   $15..$17 the sequences of Document, Alias and the hierarchy
WITH RECURSIVE up AS (
    SELECT o.n, h.id, h.educationorganizationid, h.parentid, 1 AS level
    FROM unnest($12::bigint[]) WITH ORDINALITY AS o (id, n)
    JOIN dms.educationorganizationhierarchy h ON h.educationorganizationid = o.id
    UNION ALL
    SELECT up.n, p.id, p.educationorganizationid, p.parentid, up.level + 1
    FROM up JOIN dms.educationorganizationhierarchy p ON p.id = up.parentid
) CYCLE id SET is_cycle USING path

-- 1: what stands under each identity, or the ids for what is to stand there
SELECT 1 AS kind, i.n,
    CASE WHEN d.id IS NULL THEN nextval($15::oid::regclass) ELSE d.id END AS a,
    CASE WHEN d.id IS NULL THEN nextval($16::oid::regclass) END AS b,
    CASE WHEN d.id IS NULL AND i.has_superclass THEN nextval($16::oid::regclass) END AS c,
    CASE WHEN d.id IS NULL AND i.in_hierarchy THEN nextval($17::oid::regclass) END AS d,
    d.documentpartitionkey AS pk,
    d.documentuuid AS uuid,
    CASE WHEN jsonb_typeof(d.edfidoc -> '_etag') = 'string' THEN d.edfidoc ->> '_etag' END AS t1,
    CASE WHEN d.id IS NOT NULL THEN
        (SELECT s.studentuniqueid FROM dms.studentsecurabledocument s
         WHERE s.studentsecurabledocumentid = d.id AND s.studentsecurabledocumentpartitionkey = d.documentpartitionkey LIMIT 1)
    END::text AS t2,
    CASE WHEN d.id IS NOT NULL THEN
        (SELECT s.staffuniqueid FROM dms.staffsecurabledocument s
         WHERE s.staffsecurabledocumentid = d.id AND s.staffsecurabledocumentpartitionkey = d.documentpartitionkey LIMIT 1)
    END::text AS t3,
    CASE WHEN d.id IS NOT NULL THEN
        (SELECT s.contactuniqueid FROM dms.contactsecurabledocument s
         WHERE s.contactsecurabledocumentid = d.id AND s.contactsecurabledocumentpartitionkey = d.documentpartitionkey LIMIT 1)
    END::text AS t4,
    d.edfidoc #>> i.person_path::text[] AS t5,
    d.edfidoc #>> i.other_path::text[] AS t6
FROM unnest($1::smallint[], $2::uuid[], $3::boolean[], $4::boolean[], $5::text[], $6::text[])
    WITH ORDINALITY AS i (pk, rid, has_superclass, in_hierarchy, person_path, other_path, n)
LEFT JOIN dms.alias a ON a.referentialpartitionkey = i.pk AND a.referentialid = i.rid
LEFT JOIN dms.document d ON d.documentpartitionkey = a.documentpartitionkey AND d.id = a.documentid

UNION ALL -- 2: aliases that are there
SELECT 2, r.n, a.id, a.documentid, NULL, NULL, a.documentpartitionkey, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($7::smallint[], $8::uuid[]) WITH ORDINALITY AS r (pk, rid, n)
JOIN dms.alias a ON a.referentialpartitionkey = r.pk AND a.referentialid = r.rid

UNION ALL -- 3: students' arrays
SELECT 3, p.n, NULL, NULL, NULL, NULL, NULL, NULL,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.studentschoolassociationauthorization s,
        jsonb_array_elements(s.studentschoolauthorizationeducationorganizationids) e WHERE s.studentuniqueid = p.id)::text,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.studenteducationorganizationresponsibilityauthorization s,
        jsonb_array_elements(s.studentedorgresponsibilityauthorizationedorgids) e WHERE s.studentuniqueid = p.id)::text,
    NULL, NULL, NULL, NULL
FROM unnest($9::text[]) WITH ORDINALITY AS p (id, n)

UNION ALL -- 4: staff members' arrays
SELECT 4, p.n, NULL, NULL, NULL, NULL, NULL, NULL,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.staffeducationorganizationauthorization s,
        jsonb_array_elements(s.staffeducationorganizationauthorizationedorgids) e WHERE s.staffuniqueid = p.id)::text,
    NULL, NULL, NULL, NULL, NULL
FROM unnest($10::text[]) WITH ORDINALITY AS p (id, n)

UNION ALL -- 5: contacts' arrays
SELECT 5, p.n, NULL, NULL, NULL, NULL, NULL, NULL,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.contactstudentschoolauthorization s,
        jsonb_array_elements(s.contactstudentschoolauthorizationeducationorganizationids) e WHERE s.contactuniqueid = p.id)::text,
    NULL, NULL, NULL, NULL, NULL
FROM unnest($11::text[]) WITH ORDINALITY AS p (id, n)

UNION ALL -- 6: organizations with all that is above them, from below
SELECT 6, up.n, (array_agg(up.id ORDER BY up.level))[1], bool_or(up.is_cycle)::int, NULL, NULL, NULL, NULL,
    string_agg(up.educationorganizationid::text, ',' ORDER BY up.level), NULL, NULL, NULL, NULL, NULL
FROM up GROUP BY up.n

UNION ALL -- 7: candidate DocumentUuids that are taken
SELECT 7, u.n, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($13::smallint[], $14::uuid[]) WITH ORDINALITY AS u (pk, uuid, n)
JOIN dms.document d ON d.documentpartitionkey = u.pk AND d.documentuuid = u.uuid

UNION ALL -- 8: by what name the transaction can be asked for if the connection is lost at commit
SELECT 8, 0, pg_current_xact_id()::text::bigint, NULL, NULL, NULL, NULL, NULL,
    left(pg_walfile_name(pg_current_wal_lsn()), 8), NULL, NULL, NULL, NULL, NULL
