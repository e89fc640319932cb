-- The sequences that ids are drawn from.
SELECT pg_get_serial_sequence('dms.document', 'id')::regclass::oid AS document,
    pg_get_serial_sequence('dms.alias', 'id')::regclass::oid AS alias,
    pg_get_serial_sequence('dms.educationorganizationhierarchy', 'id')::regclass::oid AS hierarchy
