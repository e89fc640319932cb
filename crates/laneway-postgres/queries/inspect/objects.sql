-- The constraints, indexes and triggers of schema dms, those of partitions left out, as one JSON text.
WITH tables AS (
    SELECT c.oid, c.relname
    FROM pg_class c
    WHERE c.relnamespace = to_regnamespace('dms') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
)
SELECT jsonb_build_object(
    'constraints', coalesce((
        SELECT jsonb_agg(jsonb_build_object('table', t.relname, 'name', c.conname,
            'definition', pg_get_constraintdef(c.oid), 'is_valid', c.convalidated))
        FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid), '[]'),
    'indexes', coalesce((
        SELECT jsonb_agg(jsonb_build_object('table', t.relname, 'name', i.relname,
            'definition', substring(pg_get_indexdef(i.oid) FROM ' USING (.*)$'), 'is_valid', x.indisvalid))
        FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid), '[]'),
    'triggers', coalesce((
        SELECT jsonb_agg(jsonb_build_object('table', t.relname, 'name', g.tgname, 'is_enabled', g.tgenabled IN ('O', 'A')))
        FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal), '[]')
)::text
