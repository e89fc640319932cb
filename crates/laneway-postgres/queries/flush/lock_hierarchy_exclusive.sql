-- Writers of hierarchy rows.
SELECT pg_advisory_xact_lock(hashtextextended('laneway hierarchy', 0))
