-- The statement that gathers statistics of the partition key for those partitions of Document that have none, as far as the
-- role may gather them; null where there is nothing to gather.
SELECT 'ANALYZE (SKIP_LOCKED) ' || string_agg(format('%s (documentpartitionkey)', c.oid::regclass), ', ' ORDER BY c.oid)
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.inhparent = 'dms.document'::regclass
    AND NOT EXISTS (
        SELECT FROM pg_stats s
        WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = 'documentpartitionkey')
    -- By the number of the version: before 17 there is no such privilege to ask about.
    AND CASE WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(c.oid, 'MAINTAIN')
        ELSE pg_has_role(c.relowner, 'USAGE')
            OR (SELECT pg_has_role(d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = current_database()) END
