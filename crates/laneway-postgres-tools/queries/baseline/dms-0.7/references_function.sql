-- What the baseline (`load --baseline`) calls for one document's references, as the DMS does it: staged in a temporary
-- table, compared, written. The function is the session's own, like the table: a store that is measured keeps nothing.
--
-- `ids` and `keys` are the distinct ReferentialIds and their partition keys. `invalid` lists those without an alias;
-- where there is one, nothing is written and `stored` is false.
CREATE FUNCTION pg_temp.laneway_baseline_references(
    parent_id bigint, parent_key smallint, ids uuid[], keys smallint[], pure_insert boolean,
    OUT stored boolean, OUT invalid uuid[]
)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('pg_temp.laneway_reference_stage') IS NULL THEN
        CREATE TEMP TABLE laneway_reference_stage (
            parentdocumentid bigint NOT NULL,
            parentdocumentpartitionkey smallint NOT NULL,
            referentialpartitionkey smallint NOT NULL,
            referentialid uuid NOT NULL,
            aliasid bigint,
            referenceddocumentpartitionkey smallint,
            referenceddocumentid bigint,
            PRIMARY KEY (referentialpartitionkey, referentialid)
        ) ON COMMIT DELETE ROWS;
        CREATE INDEX laneway_reference_stage_alias ON pg_temp.laneway_reference_stage (aliasid);
        CREATE INDEX laneway_reference_stage_parent
            ON pg_temp.laneway_reference_stage (parentdocumentpartitionkey, parentdocumentid);
    END IF;
    TRUNCATE pg_temp.laneway_reference_stage;

    INSERT INTO pg_temp.laneway_reference_stage
    SELECT parent_id, parent_key, r.key, r.id, a.id, a.documentpartitionkey, a.documentid
    FROM unnest(ids, keys) AS r (id, key)
    LEFT JOIN dms.alias a ON a.referentialpartitionkey = r.key AND a.referentialid = r.id;

    invalid := ARRAY(SELECT s.referentialid FROM pg_temp.laneway_reference_stage s WHERE s.aliasid IS NULL);
    IF cardinality(invalid) > 0 THEN
        stored := false;
        RETURN;
    END IF;
    stored := true;

    IF NOT pure_insert AND NOT EXISTS (
        (SELECT s.aliasid, s.referentialpartitionkey, s.referenceddocumentpartitionkey, s.referenceddocumentid
            FROM pg_temp.laneway_reference_stage s
        EXCEPT
        SELECT r.aliasid, r.referentialpartitionkey, r.referenceddocumentpartitionkey, r.referenceddocumentid
            FROM dms.reference r
            WHERE r.parentdocumentpartitionkey = parent_key AND r.parentdocumentid = parent_id)
        UNION ALL
        (SELECT r.aliasid, r.referentialpartitionkey, r.referenceddocumentpartitionkey, r.referenceddocumentid
            FROM dms.reference r
            WHERE r.parentdocumentpartitionkey = parent_key AND r.parentdocumentid = parent_id
        EXCEPT
        SELECT s.aliasid, s.referentialpartitionkey, s.referenceddocumentpartitionkey, s.referenceddocumentid
            FROM pg_temp.laneway_reference_stage s)
    ) THEN
        RETURN;
    END IF;

    INSERT INTO dms.reference AS r (
        parentdocumentid, parentdocumentpartitionkey, referentialpartitionkey, aliasid,
        referenceddocumentpartitionkey, referenceddocumentid)
    SELECT s.parentdocumentid, s.parentdocumentpartitionkey, s.referentialpartitionkey, s.aliasid,
        s.referenceddocumentpartitionkey, s.referenceddocumentid
    FROM pg_temp.laneway_reference_stage s
    ON CONFLICT (parentdocumentpartitionkey, parentdocumentid, aliasid) DO UPDATE
    SET referentialpartitionkey = EXCLUDED.referentialpartitionkey,
        referenceddocumentpartitionkey = EXCLUDED.referenceddocumentpartitionkey,
        referenceddocumentid = EXCLUDED.referenceddocumentid
    WHERE (r.referentialpartitionkey, r.referenceddocumentpartitionkey, r.referenceddocumentid)
        IS DISTINCT FROM
        (EXCLUDED.referentialpartitionkey, EXCLUDED.referenceddocumentpartitionkey, EXCLUDED.referenceddocumentid);

    IF NOT pure_insert THEN
        DELETE FROM dms.reference r
        WHERE r.parentdocumentpartitionkey = parent_key
            AND r.parentdocumentid = parent_id
            AND NOT EXISTS (
                SELECT FROM pg_temp.laneway_reference_stage s
                WHERE s.aliasid = r.aliasid AND s.referentialpartitionkey = r.referentialpartitionkey
            );
    END IF;
END $$;
