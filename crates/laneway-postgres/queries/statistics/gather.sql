-- The statement that gathers statistics of partition keys for those partitions that have none, or wrong ones, as far as the role may
-- gather them; null where there are no rows to gather them from. And whether there are such partitions.
--
-- A value that makes up more than a tenth of a partition's rows is taken for one of a number that grows with them, for a rare one,
-- that is (n_distinct below 0): of ten rows or fewer statistics are wrong.
SELECT 'ANALYZE (SKIP_LOCKED) '
        || string_agg(format('%s (%I)', c.oid::regclass, a.attname), ', ' ORDER BY c.oid) FILTER (WHERE pg_relation_size(c.oid) > 0),
    count(*) > 0
FROM pg_partitioned_table t
JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0]
JOIN pg_inherits i ON i.inhparent = t.partrelid
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.partrelid IN ('dms.document'::regclass, 'dms.alias'::regclass, 'dms.reference'::regclass)
    AND NOT EXISTS (
        SELECT FROM pg_stats s
        WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND s.n_distinct > 0)
    -- By the number of the version: before 17 there is no such privilege to ask about.
    AND CASE WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(c.oid, 'MAINTAIN')
        ELSE pg_has_role(c.relowner, 'USAGE')
            OR (SELECT pg_has_role(d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = current_database()) END
