-- Students and the organizations that are responsible for them: as with schools, without contacts.

-- Writes a student's union into the documents that name the student, and into one more.
CREATE OR REPLACE FUNCTION dms.laneway_refresh_student_responsibility(student text, extra_id bigint, extra_key smallint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET jit = off
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    organizations jsonb := (
        SELECT jsonb_agg(DISTINCT organization)
        FROM dms.studenteducationorganizationresponsibilityauthorization a
        CROSS JOIN LATERAL jsonb_array_elements(a.studentedorgresponsibilityauthorizationedorgids) organization
        WHERE a.studentuniqueid = student
    );
BEGIN
    UPDATE dms.document d
    SET studentedorgresponsibilityauthorizationids = organizations
    FROM (
        SELECT s.studentsecurabledocumentpartitionkey AS key, s.studentsecurabledocumentid AS id
        FROM dms.studentsecurabledocument s
        WHERE s.studentuniqueid = student
        UNION
        SELECT extra_key, extra_id
        ORDER BY 1, 2
    ) target
    WHERE d.documentpartitionkey = target.key
        AND d.id = target.id
        AND d.studentedorgresponsibilityauthorizationids IS DISTINCT FROM organizations;
END $$;

CREATE OR REPLACE FUNCTION dms.laneway_student_responsibility_inserted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    student text := NEW.edfidoc #>> '{studentReference,studentUniqueId}';
    organization bigint := (NEW.edfidoc #>> '{educationOrganizationReference,educationOrganizationId}')::bigint;
BEGIN
    INSERT INTO dms.studenteducationorganizationresponsibilityauthorization (
        studentuniqueid, hierarchyedorgid, studentedorgresponsibilityauthorizationedorgids,
        studentedorgresponsibilityassociationid, studentedorgresponsibilityassociationpartitionkey)
    VALUES (student, organization, dms.laneway_ancestors(organization), NEW.id, NEW.documentpartitionkey);
    PERFORM dms.laneway_refresh_student_responsibility(student, NEW.id, NEW.documentpartitionkey);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION dms.laneway_student_responsibility_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old_student text := OLD.edfidoc #>> '{studentReference,studentUniqueId}';
    new_student text := NEW.edfidoc #>> '{studentReference,studentUniqueId}';
    old_organization bigint := (OLD.edfidoc #>> '{educationOrganizationReference,educationOrganizationId}')::bigint;
    new_organization bigint := (NEW.edfidoc #>> '{educationOrganizationReference,educationOrganizationId}')::bigint;
BEGIN
    IF old_student = new_student AND old_organization = new_organization THEN
        RETURN NULL;
    END IF;

    IF old_student <> new_student THEN
        -- Whatever other associations the old student has. The association itself is among these documents.
        UPDATE dms.document d
        SET studentedorgresponsibilityauthorizationids = NULL
        FROM (
            SELECT s.studentsecurabledocumentpartitionkey AS key, s.studentsecurabledocumentid AS id
            FROM dms.studentsecurabledocument s
            WHERE s.studentuniqueid = old_student
            ORDER BY 1, 2
        ) target
        WHERE d.documentpartitionkey = target.key
            AND d.id = target.id
            AND d.studentedorgresponsibilityauthorizationids IS NOT NULL;
    END IF;

    UPDATE dms.studenteducationorganizationresponsibilityauthorization
    SET studentuniqueid = new_student,
        hierarchyedorgid = new_organization,
        studentedorgresponsibilityauthorizationedorgids = dms.laneway_ancestors(new_organization)
    WHERE studentedorgresponsibilityassociationid = NEW.id
        AND studentedorgresponsibilityassociationpartitionkey = NEW.documentpartitionkey;

    PERFORM dms.laneway_refresh_student_responsibility(new_student, NULL, NULL);
    RETURN NULL;
END $$;

-- The association's own row has gone by cascade.
CREATE OR REPLACE FUNCTION dms.laneway_student_responsibility_deleted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM dms.laneway_refresh_student_responsibility(
        OLD.edfidoc #>> '{studentReference,studentUniqueId}', NULL, NULL);
    RETURN NULL;
END $$;
