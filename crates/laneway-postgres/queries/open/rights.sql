-- What keeps the role from writing to the store, one row each, tables in the order of the list. Privileges are looked up by object id: looking up a name
-- needs a right itself.
--   $1, $2 tables, and a privilege on each
--   $3     tables whose identity sequences are drawn from
--   $4     PostgreSQL's own functions that are called
WITH schema AS (
    SELECT oid FROM pg_namespace WHERE nspname = 'dms'
),
tables AS (
    SELECT c.oid, c.relname::text AS name, format('dms.%I', c.relname) AS qualified
    FROM pg_class c JOIN schema ON schema.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
)
SELECT 'SCHEMA' AS kind, 'dms' AS object, 'USAGE' AS privilege, 0::bigint AS place
FROM schema WHERE NOT has_schema_privilege(schema.oid, 'USAGE')

UNION ALL
SELECT 'TABLE', t.qualified, wanted.privilege, wanted.place
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (name, privilege, place) JOIN tables t USING (name)
WHERE NOT has_table_privilege(t.oid, wanted.privilege)

UNION ALL
SELECT 'SEQUENCE', format('%I.%I', n.nspname, s.relname), 'USAGE', 1000
FROM unnest($3::text[]) AS wanted (name)
JOIN tables t USING (name)
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'id'
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid = a.attnum
    AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_namespace n ON n.oid = s.relnamespace
WHERE NOT has_sequence_privilege(s.oid, 'USAGE, UPDATE')

UNION ALL -- What triggers call; the right to a trigger's own function was asked for when the trigger was made.
SELECT 'FUNCTION', format('dms.%I(%s)', f.proname, pg_get_function_identity_arguments(f.oid)), 'EXECUTE', 2000
FROM pg_proc f JOIN schema ON schema.oid = f.pronamespace
WHERE f.prorettype <> 'trigger'::regtype AND NOT has_function_privilege(f.oid, 'EXECUTE')

UNION ALL
SELECT 'FUNCTION', wanted.name, 'EXECUTE', 2000
FROM unnest($4::text[]) AS wanted (name)
WHERE NOT has_function_privilege(wanted.name, 'EXECUTE')

UNION ALL -- Rows that a policy hides are taken for rows that are not there.
SELECT 'ROW SECURITY', t.qualified, '', 3000
FROM tables t
WHERE t.name = ANY ($1) AND row_security_active(t.oid)
ORDER BY place, object
