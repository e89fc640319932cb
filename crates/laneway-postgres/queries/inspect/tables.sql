-- The tables of schema dms with their partitions' sums: about how many rows, dead ones, and bytes with and without indexes; when
-- one of them was vacuumed last.
SELECT jsonb_agg(jsonb_build_object('name', t.relname, 'partitions', t.partitions, 'rows', t.row_count, 'dead', t.dead,
    'bytes', t.bytes, 'index_bytes', t.index_bytes, 'vacuumed', t.vacuumed) ORDER BY t.bytes DESC, t.relname)::text
FROM (
    SELECT c.relname, count(i.inhrelid) AS partitions, coalesce(sum(s.n_live_tup), 0)::bigint AS row_count,
        coalesce(sum(s.n_dead_tup), 0)::bigint AS dead,
        coalesce(sum(pg_table_size(part.oid)), 0)::bigint AS bytes,
        coalesce(sum(pg_indexes_size(part.oid)), 0)::bigint AS index_bytes,
        max(greatest(s.last_vacuum, s.last_autovacuum))::text AS vacuumed
    FROM pg_class c
    LEFT JOIN pg_inherits i ON i.inhparent = c.oid
    JOIN pg_class part ON part.oid = coalesce(i.inhrelid, c.oid)
    LEFT JOIN pg_stat_all_tables s ON s.relid = part.oid
    WHERE c.relnamespace = to_regnamespace('dms') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    GROUP BY c.oid, c.relname
) t
