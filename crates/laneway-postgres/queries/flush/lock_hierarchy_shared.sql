-- Readers of arrays or ancestors, and writers of associations.
SELECT pg_advisory_xact_lock_shared(hashtextextended('laneway hierarchy', 0))
