-- What stands under identities and references, in one statement and so in one snapshot, after the last lock. Each arm gives rows
-- of one kind, which fill the columns that it has and leave the others null (4 bytes each); "ordinal" counts from 1 in the
-- list that the arm looks up. `session/resolve.rs` reads kinds and columns by these names.
--   $1..$6   identities: partition, ReferentialId, has a superclass, is in the hierarchy, paths of the two sides
--            of an association in the body
--   $7, $8   references and superclass identities: partition, ReferentialId
--   $9..$11  the sequences of Document, Alias and the hierarchy

-- What stands under each identity, or the ids for what is to stand there.
SELECT 'identity'::text AS kind, i.ordinal,
    CASE WHEN d.id IS NULL THEN nextval($9::oid::regclass) ELSE d.id END AS document_id,
    d.documentpartitionkey AS document_partition,
    CASE WHEN d.id IS NULL THEN nextval($10::oid::regclass) END AS alias_id,
    CASE WHEN d.id IS NULL AND i.has_superclass THEN nextval($10::oid::regclass) END AS superclass_alias_id,
    CASE WHEN d.id IS NULL AND i.in_hierarchy THEN nextval($11::oid::regclass) END AS hierarchy_id,
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
    NULL::bigint AS xid, NULL::text AS timeline
FROM unnest($1::smallint[], $2::uuid[], $3::boolean[], $4::boolean[], $5::text[], $6::text[])
    WITH ORDINALITY AS i (pk, rid, has_superclass, in_hierarchy, person_path, other_path, ordinal)
LEFT JOIN dms.alias a ON a.referentialpartitionkey = i.pk AND a.referentialid = i.rid
LEFT JOIN dms.document d ON d.documentpartitionkey = a.documentpartitionkey AND d.id = a.documentid


UNION ALL -- Aliases that are there: document_id, document_partition, alias_id.
SELECT 'alias', r.ordinal, a.documentid, a.documentpartitionkey, a.id, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest($7::smallint[], $8::uuid[]) WITH ORDINALITY AS r (pk, rid, ordinal)
JOIN dms.alias a ON a.referentialpartitionkey = r.pk AND a.referentialid = r.rid

UNION ALL -- What identifies the transaction if the connection is lost at commit: xid, timeline.
SELECT 'transaction', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    pg_current_xact_id()::text::bigint, left(pg_walfile_name(pg_current_wal_lsn()), 8)
