-- Change data capture: what subscribers see of a change, and of which tables.

-- PostgreSQL does not pass a replica identity down to partitions, and the changes are theirs.
DO $$
DECLARE
    target regclass;
BEGIN
    FOR target IN
        SELECT c.oid
        FROM pg_class c
        WHERE c.relreplident <> 'f'
            AND (c.oid IN ('dms.document'::regclass, 'dms.educationorganizationhierarchytermslookup'::regclass)
                OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'dms.document'::regclass))
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', target);
        PERFORM pg_temp.added('replica identity of ' || target);
    END LOOP;
END $$;

-- Where wal_level is not logical, PostgreSQL warns that the publication is not used yet.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'to_debezium') THEN
        CREATE PUBLICATION to_debezium
            FOR TABLE dms.document, dms.educationorganizationhierarchytermslookup
            WITH (publish_via_partition_root = true);
        PERFORM pg_temp.added('publication to_debezium');
    END IF;
END $$;
