-- The hierarchy of education organizations: ancestors, descendants, and the lookup of terms that is published.
--
-- A session that has planned these statements while the store was empty must not go on reading whole tables when it
-- is full: the settings leave it index lookups only. Some tables have no index for what is looked up; the price that
-- the planner then puts on reading them whole would have every statement compiled (seconds, for 16 partitions), hence
-- no JIT.

-- An organization and all above it, ascending, as texts; null for one that is not in the hierarchy.
-- Without a guard: where organizations are each other's ancestors it does not end.
CREATE OR REPLACE FUNCTION dms.laneway_ancestors(organization bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp SET jit = off
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    RETURN (
        WITH RECURSIVE line (id, parentid) AS (
            SELECT h.educationorganizationid, h.parentid
            FROM dms.educationorganizationhierarchy h
            WHERE h.educationorganizationid = organization
            UNION ALL
            SELECT h.educationorganizationid, h.parentid
            FROM line
            JOIN dms.educationorganizationhierarchy h ON h.id = line.parentid
        )
        SELECT jsonb_agg(line.id::text ORDER BY line.id) FROM line
    );
END $$;

-- An organization and all below it, each once.
CREATE OR REPLACE FUNCTION dms.laneway_descendants(organization bigint) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
        WITH RECURSIVE line (id, organizationid) AS (
            SELECT h.id, h.educationorganizationid
            FROM dms.educationorganizationhierarchy h
            WHERE h.educationorganizationid = organization
            UNION
            SELECT h.id, h.educationorganizationid
            FROM line
            JOIN dms.educationorganizationhierarchy h ON h.parentid = line.id
        )
        SELECT line.organizationid FROM line;
END $$;

-- The organizations of one row's line upwards, by the row's id.
CREATE OR REPLACE FUNCTION dms.laneway_line_above(hierarchy_id bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp SET jit = off
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    RETURN (
        WITH RECURSIVE line (id, parentid) AS (
            SELECT h.educationorganizationid, h.parentid
            FROM dms.educationorganizationhierarchy h
            WHERE h.id = hierarchy_id
            UNION ALL
            SELECT h.educationorganizationid, h.parentid
            FROM line
            JOIN dms.educationorganizationhierarchy h ON h.id = line.parentid
        )
        SELECT coalesce(array_agg(line.id), '{}') FROM line
    );
END $$;

-- Takes an organization out of the lookup arrays of the line above a row; an array keeps its own id.
CREATE OR REPLACE FUNCTION dms.laneway_terms_remove(organization bigint, hierarchy_id bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    above bigint[] := dms.laneway_line_above(hierarchy_id);
BEGIN
    UPDATE dms.educationorganizationhierarchytermslookup
    SET hierarchy = hierarchy - organization::text
    WHERE id = ANY (above) AND id <> organization AND hierarchy ? organization::text;
END $$;

-- Appends an organization to the lookup arrays of the line above a row.
CREATE OR REPLACE FUNCTION dms.laneway_terms_append(organization bigint, hierarchy_id bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    above bigint[] := dms.laneway_line_above(hierarchy_id);
BEGIN
    UPDATE dms.educationorganizationhierarchytermslookup
    SET hierarchy = hierarchy || to_jsonb(organization::text)
    WHERE id = ANY (above) AND id <> organization;
END $$;

-- Recomputes the ancestors in the association rows of an organization and all below it. Only organizations that have
-- such rows are walked. The arrays of documents stay as they are.
CREATE OR REPLACE FUNCTION dms.laneway_recompute_associations(organization bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    below bigint[] := ARRAY(SELECT organization UNION SELECT dms.laneway_descendants(organization));
BEGIN
    WITH line AS MATERIALIZED (
        SELECT o.id, dms.laneway_ancestors(o.id) AS ancestors
        FROM unnest(below) AS o (id)
        WHERE EXISTS (SELECT FROM dms.studentschoolassociationauthorization a WHERE a.hierarchyschoolid = o.id)
    )
    UPDATE dms.studentschoolassociationauthorization a
    SET studentschoolauthorizationeducationorganizationids = line.ancestors
    FROM line
    WHERE a.hierarchyschoolid = line.id
        AND line.ancestors IS NOT NULL
        AND a.studentschoolauthorizationeducationorganizationids <> line.ancestors;

    WITH line AS MATERIALIZED (
        SELECT o.id, dms.laneway_ancestors(o.id) AS ancestors
        FROM unnest(below) AS o (id)
        WHERE EXISTS (
            SELECT FROM dms.studenteducationorganizationresponsibilityauthorization a WHERE a.hierarchyedorgid = o.id
        )
    )
    UPDATE dms.studenteducationorganizationresponsibilityauthorization a
    SET studentedorgresponsibilityauthorizationedorgids = line.ancestors
    FROM line
    WHERE a.hierarchyedorgid = line.id
        AND line.ancestors IS NOT NULL
        AND a.studentedorgresponsibilityauthorizationedorgids <> line.ancestors;

    WITH line AS MATERIALIZED (
        SELECT o.id, dms.laneway_ancestors(o.id) AS ancestors
        FROM unnest(below) AS o (id)
        WHERE EXISTS (SELECT FROM dms.staffeducationorganizationauthorization a WHERE a.hierarchyedorgid = o.id)
    )
    UPDATE dms.staffeducationorganizationauthorization a
    SET staffeducationorganizationauthorizationedorgids = line.ancestors
    FROM line
    WHERE a.hierarchyedorgid = line.id
        AND line.ancestors IS NOT NULL
        AND a.staffeducationorganizationauthorizationedorgids <> line.ancestors;
END $$;

-- A new organization: a lookup array with itself, and a place in the arrays of those above it. What was below it
-- before is not gathered: a parent has to come first.
CREATE OR REPLACE FUNCTION dms.laneway_hierarchy_inserted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO dms.educationorganizationhierarchytermslookup (id, hierarchy)
    VALUES (NEW.educationorganizationid, jsonb_build_array(NEW.educationorganizationid::text));
    PERFORM dms.laneway_terms_append(NEW.educationorganizationid, NEW.parentid);
    RETURN NULL;
END $$;

-- A moved organization. From or to "no parent" the lookup stays as it is.
CREATE OR REPLACE FUNCTION dms.laneway_hierarchy_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.parentid <> NEW.parentid THEN
        PERFORM dms.laneway_terms_remove(NEW.educationorganizationid, OLD.parentid);
        PERFORM dms.laneway_terms_append(NEW.educationorganizationid, NEW.parentid);
    END IF;
    PERFORM dms.laneway_recompute_associations(NEW.educationorganizationid);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION dms.laneway_hierarchy_deleted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM dms.educationorganizationhierarchytermslookup WHERE id = OLD.educationorganizationid;
    PERFORM dms.laneway_terms_remove(OLD.educationorganizationid, OLD.parentid);
    PERFORM dms.laneway_recompute_associations(OLD.educationorganizationid);
    RETURN NULL;
END $$;
