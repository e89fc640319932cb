-- Staff and the organizations that employ or are assigned them. Documents get the ancestors of the association written
-- last, not a union, and keep them when it is deleted.

-- Writes ancestors into the documents that name a staff member, and into the association itself.
CREATE OR REPLACE FUNCTION dms.laneway_set_staff(staff text, ancestors jsonb, association_id bigint, association_key smallint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET jit = off
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    UPDATE dms.document d
    SET staffeducationorganizationauthorizationedorgids = ancestors
    FROM (
        SELECT s.staffsecurabledocumentpartitionkey AS key, s.staffsecurabledocumentid AS id
        FROM dms.staffsecurabledocument s
        WHERE s.staffuniqueid = staff
        UNION
        SELECT association_key, association_id
        ORDER BY 1, 2
    ) target
    WHERE d.documentpartitionkey = target.key
        AND d.id = target.id
        AND d.staffeducationorganizationauthorizationedorgids IS DISTINCT FROM ancestors;
END $$;

CREATE OR REPLACE FUNCTION dms.laneway_staff_inserted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    staff text := NEW.edfidoc #>> '{staffReference,staffUniqueId}';
    organization bigint := (NEW.edfidoc #>> '{educationOrganizationReference,educationOrganizationId}')::bigint;
    ancestors jsonb := dms.laneway_ancestors(organization);
BEGIN
    INSERT INTO dms.staffeducationorganizationauthorization (
        staffuniqueid, hierarchyedorgid, staffeducationorganizationauthorizationedorgids,
        staffeducationorganizationid, staffeducationorganizationpartitionkey)
    VALUES (staff, organization, ancestors, NEW.id, NEW.documentpartitionkey);
    PERFORM dms.laneway_set_staff(staff, ancestors, NEW.id, NEW.documentpartitionkey);
    RETURN NULL;
END $$;

-- The person, the organization or both have changed. The old person's documents keep what they have.
CREATE OR REPLACE FUNCTION dms.laneway_staff_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old_staff text := OLD.edfidoc #>> '{staffReference,staffUniqueId}';
    new_staff text := NEW.edfidoc #>> '{staffReference,staffUniqueId}';
    old_organization bigint := (OLD.edfidoc #>> '{educationOrganizationReference,educationOrganizationId}')::bigint;
    new_organization bigint := (NEW.edfidoc #>> '{educationOrganizationReference,educationOrganizationId}')::bigint;
    ancestors jsonb;
BEGIN
    IF old_staff = new_staff AND old_organization = new_organization THEN
        RETURN NULL;
    END IF;
    ancestors := dms.laneway_ancestors(new_organization);

    UPDATE dms.staffeducationorganizationauthorization
    SET staffuniqueid = new_staff,
        hierarchyedorgid = new_organization,
        staffeducationorganizationauthorizationedorgids = ancestors
    WHERE staffeducationorganizationid = NEW.id AND staffeducationorganizationpartitionkey = NEW.documentpartitionkey;
    PERFORM dms.laneway_set_staff(new_staff, ancestors, NEW.id, NEW.documentpartitionkey);
    RETURN NULL;
END $$;
