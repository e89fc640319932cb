-- What a flush's server process waits for ($1 its process, $2 its transaction, which alone identifies it behind a pooler): with a
-- lock the table, whose root where it is a partition, and the session that stands in the way without waiting itself. No row: it is
-- not known here, or it works.
WITH RECURSIVE waiting AS (
    SELECT a.pid, a.wait_event_type AS kind, a.wait_event AS event
    FROM pg_stat_activity a
    WHERE CASE WHEN $2::bigint IS NULL THEN a.pid = $1 ELSE a.backend_xid = ($2 % 4294967296)::text::xid END
        AND a.wait_event_type IN ('Lock', 'IPC', 'Timeout', 'IO', 'LWLock')
    LIMIT 1
), blocking (pid) AS (
    SELECT b.pid FROM waiting w, unnest(pg_blocking_pids(w.pid)) AS b (pid)
    -- UNION, so that a deadlock has an end.
    UNION
    SELECT b.pid FROM blocking o, unnest(pg_blocking_pids(o.pid)) AS b (pid)
)
SELECT w.kind, w.event, h.pid AS holder, h.application, h.role, h.seconds,
    -- Of a row's lock the server shows the transaction waited for, and the table where the row's place in the queue is held.
    (SELECT min(coalesce(pg_partition_root(l.relation), l.relation)::regclass::text)
     FROM pg_locks l
     WHERE l.pid = w.pid AND l.relation IS NOT NULL AND (NOT l.granted OR l.locktype = 'tuple')) AS relation
FROM waiting w
LEFT JOIN LATERAL (
    -- What others' sessions do, and since when, is shown to their own roles only.
    SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS role,
        extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds
    FROM blocking b
    JOIN pg_stat_activity a ON a.pid = b.pid
    ORDER BY cardinality(pg_blocking_pids(b.pid)), b.pid
    LIMIT 1
) h ON true
