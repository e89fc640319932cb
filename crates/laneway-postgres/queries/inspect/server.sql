-- The server, the session's settings, and what is replicated, as one JSON text. Tables by object id: looking up a name needs a
-- right itself.
WITH published AS (
    SELECT c.oid, c.relname
    FROM pg_class c
    WHERE c.relnamespace = to_regnamespace('dms') AND c.relname IN ('document', 'educationorganizationhierarchytermslookup')
)
SELECT jsonb_build_object(
    'version', current_setting('server_version'),
    'database', current_database(),
    'role', current_user,
    'settings', (
        SELECT jsonb_object_agg(s.name, s.setting)
        FROM pg_settings s
        WHERE s.name IN ('autovacuum', 'default_transaction_read_only', 'fsync', 'full_page_writes', 'max_connections',
            'max_locks_per_transaction', 'max_prepared_transactions', 'server_encoding', 'session_replication_role',
            'synchronous_commit', 'synchronous_standby_names', 'wal_level')),
    'sessions', (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    'ungathered', (
        SELECT count(*)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE i.inhparent = (SELECT oid FROM published WHERE relname = 'document')
            -- By hash, some never hold a row.
            AND pg_relation_size(c.oid) > 0
            AND NOT EXISTS (
                SELECT FROM pg_stats s
                WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = 'documentpartitionkey')),
    'not_full', coalesce((
        SELECT jsonb_agg(c.relname ORDER BY c.relname)
        FROM pg_class c
        WHERE c.relreplident <> 'f'
            AND (c.oid IN (SELECT oid FROM published)
                OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent IN (SELECT oid FROM published)))), '[]'),
    'published', coalesce((
        SELECT jsonb_agg(DISTINCT p.tablename ORDER BY p.tablename)
        FROM pg_publication_tables p
        WHERE p.pubname = 'to_debezium' AND p.schemaname = 'dms'), '[]'),
    'slots', coalesce((
        SELECT jsonb_agg(jsonb_build_object('name', s.slot_name, 'is_active', s.active,
            'kept_bytes', CASE WHEN has_function_privilege('pg_catalog.pg_current_wal_lsn()', 'EXECUTE')
                THEN pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint END) ORDER BY s.slot_name)
        FROM pg_replication_slots s), '[]')
)::text
