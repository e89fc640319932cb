-- The identity sequences, and the first that the role may not draw from (a plain insert needs no right for that).
WITH names AS (
    SELECT pg_get_serial_sequence('dms.document', 'id') AS document,
        pg_get_serial_sequence('dms.alias', 'id') AS alias,
        pg_get_serial_sequence('dms.educationorganizationhierarchy', 'id') AS hierarchy
)
SELECT document::regclass::oid AS document, alias::regclass::oid AS alias, hierarchy::regclass::oid AS hierarchy,
    (SELECT name FROM unnest(ARRAY[document, alias, hierarchy]) AS name
     WHERE NOT has_sequence_privilege(name, 'USAGE') LIMIT 1) AS unusable,
    current_user::text AS role
FROM names
