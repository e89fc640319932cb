-- The identity sequences, and whether the role may draw from them (a plain insert needs no right for that).
SELECT t.tbl, pg_get_serial_sequence('dms.' || t.tbl, 'id')::regclass::oid AS oid,
    pg_get_serial_sequence('dms.' || t.tbl, 'id') AS name,
    has_sequence_privilege(pg_get_serial_sequence('dms.' || t.tbl, 'id'), 'USAGE') AS usable,
    current_user::text AS role
FROM (VALUES ('document'), ('alias'), ('educationorganizationhierarchy')) AS t (tbl)
