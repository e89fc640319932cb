-- The database's name, and its comment, by which people mark it as one that may be emptied.
SELECT current_database()::text AS name, coalesce(shobj_description(oid, 'pg_database'), '') AS comment
FROM pg_database WHERE datname = current_database()
