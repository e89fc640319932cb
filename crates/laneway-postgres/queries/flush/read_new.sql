-- As read.sql, for identities that are taken to be new: only their aliases are looked for, among the others, and no document, so
-- that the partitions of one table are opened, once. Finds it an identity's alias, the flush asks again with all its locks.
--   $1, $2  identities: has a superclass, is in the hierarchy
--   $3, $4  identities, superclass identities and references: partition, ReferentialId
--   $5..$7  the sequences of Document, Alias and the hierarchy

-- The ids for what is to stand there.
SELECT 'new'::text AS kind, i.ordinal, nextval($5::oid::regclass) AS document_id, NULL::smallint AS document_partition,
    nextval($6::oid::regclass) AS alias_id,
    CASE WHEN i.has_superclass THEN nextval($6::oid::regclass) END AS superclass_alias_id,
    CASE WHEN i.in_hierarchy THEN nextval($7::oid::regclass) END AS hierarchy_id,
    NULL::bigint AS xid, NULL::text AS timeline
FROM unnest($1::boolean[], $2::boolean[]) WITH ORDINALITY AS i (has_superclass, in_hierarchy, ordinal)

UNION ALL -- Aliases that are there: document_id, document_partition, alias_id.
SELECT 'alias', r.ordinal, a.documentid, a.documentpartitionkey, a.id, NULL, NULL, NULL, NULL
FROM unnest($3::smallint[], $4::uuid[]) WITH ORDINALITY AS r (pk, rid, ordinal)
JOIN dms.alias a ON a.referentialpartitionkey = r.pk AND a.referentialid = r.rid

UNION ALL -- What identifies the transaction if the connection is lost at commit: xid, timeline.
SELECT 'transaction', 0, NULL, NULL, NULL, NULL, NULL,
    pg_current_xact_id()::text::bigint, left(pg_walfile_name(pg_current_wal_lsn()), 8)
