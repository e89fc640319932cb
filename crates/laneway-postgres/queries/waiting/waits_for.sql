-- What a flush's server process waits for ($1 its process, $2 its transaction, which alone identifies it behind a pooler), and
-- who holds it. No row: it is not known here, or it works.
SELECT a.wait_event_type AS kind, a.wait_event AS event,
    (SELECT string_agg(
            -- What others' sessions do, and since when, is shown to their own roles only.
            format('process %s (role %s, application %s%s)', h.pid, h.usename,
                coalesce(nullif(h.application_name, ''), 'unnamed'),
                ', in a transaction since ' || to_char(h.xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS') || ' UTC'),
            ', ' ORDER BY h.pid)
     FROM unnest(pg_blocking_pids(a.pid)) AS of (pid) JOIN pg_stat_activity h USING (pid)) AS holders
FROM pg_stat_activity a
WHERE CASE WHEN $2::bigint IS NULL THEN a.pid = $1 ELSE a.backend_xid = ($2 % 4294967296)::text::xid END
    AND a.wait_event_type IN ('Lock', 'IPC', 'Timeout', 'IO', 'LWLock')
LIMIT 1
