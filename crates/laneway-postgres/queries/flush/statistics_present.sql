-- Whether every partition of the core tables was analysed or vacuumed once (pg_class: -1 is "never").
SELECT coalesce(bool_and(c.reltuples >= 0), false)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent IN ('dms.document'::regclass, 'dms.alias'::regclass, 'dms.reference'::regclass)
