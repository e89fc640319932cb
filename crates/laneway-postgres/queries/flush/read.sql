-- Everything that a flush reads, in one statement and so in one snapshot, after its last lock. Each arm gives rows of
-- one kind, which fill the columns that it has and leave the others null (4 bytes each); "ordinal" counts from 1 in the
-- list that the arm looks up. `session/resolve.rs` reads kinds and columns by these names.
--   $1..$6   identities: partition, ReferentialId, has a superclass, is in the hierarchy, paths of the two sides
--            of an association in the body
--   $7, $8   references and superclass identities: partition, ReferentialId
--   $9..$11  students, staff, contacts
--   $12      organizations
--   $13, $14 candidate DocumentUuids to look for: partition, uuid
--   $15..$17 the sequences of Document, Alias and the hierarchy
WITH RECURSIVE up AS (
    SELECT o.ordinal, h.id, h.educationorganizationid, h.parentid, 1 AS level
    FROM unnest($12::bigint[]) WITH ORDINALITY AS o (id, ordinal)
    JOIN dms.educationorganizationhierarchy h ON h.educationorganizationid = o.id
    UNION ALL
    SELECT up.ordinal, p.id, p.educationorganizationid, p.parentid, up.level + 1
    FROM up JOIN dms.educationorganizationhierarchy p ON p.id = up.parentid
) CYCLE id SET is_cycle USING path

-- What stands under each identity, or the ids for what is to stand there.
SELECT 'identity'::text AS kind, i.ordinal,
    CASE WHEN d.id IS NULL THEN nextval($15::oid::regclass) ELSE d.id END AS document_id,
    d.documentpartitionkey AS document_partition,
    CASE WHEN d.id IS NULL THEN nextval($16::oid::regclass) END AS alias_id,
    CASE WHEN d.id IS NULL AND i.has_superclass THEN nextval($16::oid::regclass) END AS superclass_alias_id,
    CASE WHEN d.id IS NULL AND i.in_hierarchy THEN nextval($17::oid::regclass) END AS hierarchy_id,
    d.documentuuid AS document_uuid,
    CASE WHEN jsonb_typeof(d.edfidoc -> '_etag') = 'string' THEN d.edfidoc ->> '_etag' END AS etag,
    CASE WHEN d.id IS NOT NULL THEN
        (SELECT s.studentuniqueid FROM dms.studentsecurabledocument s
         WHERE s.studentsecurabledocumentid = d.id AND s.studentsecurabledocumentpartitionkey = d.documentpartitionkey LIMIT 1)
    END::text AS student,
    CASE WHEN d.id IS NOT NULL THEN
        (SELECT s.staffuniqueid FROM dms.staffsecurabledocument s
         WHERE s.staffsecurabledocumentid = d.id AND s.staffsecurabledocumentpartitionkey = d.documentpartitionkey LIMIT 1)
    END::text AS staff,
    CASE WHEN d.id IS NOT NULL THEN
        (SELECT s.contactuniqueid FROM dms.contactsecurabledocument s
         WHERE s.contactsecurabledocumentid = d.id AND s.contactsecurabledocumentpartitionkey = d.documentpartitionkey LIMIT 1)
    END::text AS contact,
    d.edfidoc #>> i.person_path::text[] AS association_person,
    d.edfidoc #>> i.other_path::text[] AS association_other,
    NULL::text AS main_array, NULL::text AS responsibility_array,
    NULL::text AS ancestors, NULL::boolean AS is_cyclic,
    NULL::bigint AS xid, NULL::text AS timeline
FROM unnest($1::smallint[], $2::uuid[], $3::boolean[], $4::boolean[], $5::text[], $6::text[])
    WITH ORDINALITY AS i (pk, rid, has_superclass, in_hierarchy, person_path, other_path, ordinal)
LEFT JOIN dms.alias a ON a.referentialpartitionkey = i.pk AND a.referentialid = i.rid
LEFT JOIN dms.document d ON d.documentpartitionkey = a.documentpartitionkey AND d.id = a.documentid

UNION ALL -- Aliases that are there: document_id, document_partition, alias_id.
SELECT 'alias', r.ordinal, a.documentid, a.documentpartitionkey, a.id, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($7::smallint[], $8::uuid[]) WITH ORDINALITY AS r (pk, rid, ordinal)
JOIN dms.alias a ON a.referentialpartitionkey = r.pk AND a.referentialid = r.rid

UNION ALL -- Students: main_array, responsibility_array.
SELECT 'student', p.ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.studentschoolassociationauthorization s,
        jsonb_array_elements(s.studentschoolauthorizationeducationorganizationids) e WHERE s.studentuniqueid = p.id)::text,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.studenteducationorganizationresponsibilityauthorization s,
        jsonb_array_elements(s.studentedorgresponsibilityauthorizationedorgids) e WHERE s.studentuniqueid = p.id)::text,
    NULL, NULL, NULL, NULL
FROM unnest($9::text[]) WITH ORDINALITY AS p (id, ordinal)

UNION ALL -- Staff members: main_array.
SELECT 'staff', p.ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.staffeducationorganizationauthorization s,
        jsonb_array_elements(s.staffeducationorganizationauthorizationedorgids) e WHERE s.staffuniqueid = p.id)::text,
    NULL, NULL, NULL, NULL, NULL
FROM unnest($10::text[]) WITH ORDINALITY AS p (id, ordinal)

UNION ALL -- Contacts: main_array.
SELECT 'contact', p.ordinal, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.contactstudentschoolauthorization s,
        jsonb_array_elements(s.contactstudentschoolauthorizationeducationorganizationids) e WHERE s.contactuniqueid = p.id)::text,
    NULL, NULL, NULL, NULL, NULL
FROM unnest($11::text[]) WITH ORDINALITY AS p (id, ordinal)

UNION ALL -- Organizations: hierarchy_id, ancestors (itself and all that is above it, from below), is_cyclic.
SELECT 'organization', up.ordinal, NULL, NULL, NULL, NULL, (array_agg(up.id ORDER BY up.level))[1],
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    string_agg(up.educationorganizationid::text, ',' ORDER BY up.level), bool_or(up.is_cycle), NULL, NULL
FROM up GROUP BY up.ordinal

UNION ALL -- Candidate DocumentUuids that are taken.
SELECT 'document_uuid', u.ordinal, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($13::smallint[], $14::uuid[]) WITH ORDINALITY AS u (pk, uuid, ordinal)
JOIN dms.document d ON d.documentpartitionkey = u.pk AND d.documentuuid = u.uuid

UNION ALL -- What identifies the transaction if the connection is lost at commit: xid, timeline.
SELECT 'transaction', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    pg_current_xact_id()::text::bigint, left(pg_walfile_name(pg_current_wal_lsn()), 8)
