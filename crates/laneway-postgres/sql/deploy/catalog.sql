-- What stands in schema dms, as one JSON text: tables with columns, partitions and triggers, and whatever else has a name.
SELECT jsonb_build_object(
    'tables', coalesce((
        SELECT jsonb_object_agg(t.relname, jsonb_build_object(
            'partitioning', (SELECT p.partstrat FROM pg_partitioned_table p WHERE p.partrelid = t.oid),
            'columns', (
                SELECT coalesce(jsonb_object_agg(a.attname, jsonb_build_object(
                    'type_name', format_type(a.atttypid, NULL),
                    'required', a.attnotnull,
                    'filled', a.atthasdef OR a.attidentity <> '')), '{}')
                FROM pg_attribute a
                WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
            'partitions', (
                SELECT coalesce(jsonb_agg(pg_get_expr(c.relpartbound, c.oid) ORDER BY c.relname), '[]')
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = t.oid),
            'triggers', (
                SELECT coalesce(jsonb_agg(DISTINCT g.tgname), '[]')
                FROM pg_trigger g
                WHERE NOT g.tgisinternal
                    AND (g.tgrelid = t.oid OR g.tgrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = t.oid)))))
        FROM pg_class t
        WHERE t.relnamespace = to_regnamespace('dms') AND t.relkind IN ('r', 'p') AND NOT t.relispartition), '{}'),
    'functions', coalesce((
        SELECT jsonb_agg(DISTINCT f.proname) FROM pg_proc f WHERE f.pronamespace = to_regnamespace('dms')), '[]'),
    'others', coalesce((
        SELECT jsonb_agg(DISTINCT o.name ORDER BY o.name)
        FROM (
            SELECT CASE c.relkind
                    WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table ' ELSE 'sequence '
                END || c.relname AS name
            FROM pg_class c
            WHERE c.relnamespace = to_regnamespace('dms')
                AND (c.relkind IN ('v', 'm', 'f')
                    -- Sequences of identity and serial columns belong to their tables.
                    OR c.relkind = 'S' AND NOT EXISTS (
                        SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i')))
            UNION ALL
            SELECT 'type ' || t.typname
            FROM pg_type t
            -- Row and array types of tables belong to their tables.
            WHERE t.typnamespace = to_regnamespace('dms') AND t.typtype IN ('d', 'e', 'r')
        ) o), '[]')
)::text
