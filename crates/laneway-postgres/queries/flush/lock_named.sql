-- Locks the hierarchy and persons by name: as the other lock statements do, in their order ($1: the kind's place in it) and each
-- ($2) in its mode ($3), but none that only the database knows.
SELECT CASE WHEN exclusive THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
FROM (
    SELECT l.exclusive, hashtextextended('laneway ' || l.name, 0) AS key
    FROM unnest($1::smallint[], $2::text[], $3::boolean[]) AS l (place, name, exclusive)
    -- Sorted, it is not merged into the statement around it: locks are taken in this order.
    ORDER BY l.place, key, l.name
) ordered
