-- Whom the session with the process id $1 waits for, since when that one's transaction runs, as far as the role may see it,
-- and for which table, where it is one.
SELECT b.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS role,
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds,
    (SELECT min(l.relation::regclass::text) FROM pg_locks l WHERE l.pid = $1 AND l.relation IS NOT NULL AND NOT l.granted) AS relation
FROM unnest(pg_blocking_pids($1)) AS b (pid)
LEFT JOIN pg_stat_activity a ON a.pid = b.pid
LIMIT 1
