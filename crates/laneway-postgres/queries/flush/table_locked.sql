-- Whether a session holds, or waits for, a lock on one of the store's tables that keeps flushes from writing to it. Flushes
-- themselves take none of these. Those who wait count too: what comes later waits behind them.
SELECT EXISTS (
    SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND n.nspname = 'dms'
        AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
) AS locked
