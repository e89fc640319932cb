-- As the function of the later release (`dms-0.7`), for one in which references name ReferentialIds: what the document referred to
-- is deleted and all that it refers to is inserted, whether anything has changed or not. The foreign key finds what is missing.
CREATE FUNCTION pg_temp.laneway_baseline_references(
    parent_id bigint, parent_key smallint, ids uuid[], keys smallint[], pure_insert boolean,
    OUT stored boolean, OUT invalid uuid[]
)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    violated text;
BEGIN
    invalid := '{}';
    DELETE FROM dms.reference r
    WHERE r.parentdocumentpartitionkey = parent_key AND r.parentdocumentid = parent_id;

    INSERT INTO dms.reference (
        parentdocumentid, parentdocumentpartitionkey, referentialid, referentialpartitionkey,
        referenceddocumentid, referenceddocumentpartitionkey)
    SELECT parent_id, parent_key, r.id, r.key, a.documentid, a.documentpartitionkey
    FROM unnest(ids, keys) AS r (id, key)
    LEFT JOIN dms.alias a ON a.referentialpartitionkey = r.key AND a.referentialid = r.id;
    stored := true;
EXCEPTION
    WHEN foreign_key_violation THEN
        GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
        IF violated <> 'fk_reference_referencedalias' THEN
            RAISE;
        END IF;
        stored := false;
        invalid := ARRAY(
            SELECT r.id
            FROM unnest(ids, keys) AS r (id, key)
            WHERE NOT EXISTS (
                SELECT FROM dms.alias a WHERE a.referentialpartitionkey = r.key AND a.referentialid = r.id
            )
        );
END $$;
