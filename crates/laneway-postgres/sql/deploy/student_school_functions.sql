-- Students and their schools: one row an association, and the student's union in every document about the student.

-- Writes a student's union into the documents that name the student, and into one more (the association that is being
-- written has no securable row yet). In key order, like everything that locks several documents.
CREATE OR REPLACE FUNCTION dms.laneway_refresh_student_school(student text, extra_id bigint, extra_key smallint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET jit = off
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    organizations jsonb := (
        SELECT jsonb_agg(DISTINCT organization)
        FROM dms.studentschoolassociationauthorization a
        CROSS JOIN LATERAL jsonb_array_elements(a.studentschoolauthorizationeducationorganizationids) organization
        WHERE a.studentuniqueid = student
    );
BEGIN
    UPDATE dms.document d
    SET studentschoolauthorizationedorgids = organizations
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
        AND d.studentschoolauthorizationedorgids IS DISTINCT FROM organizations;
END $$;

CREATE OR REPLACE FUNCTION dms.laneway_student_school_inserted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    student text := NEW.edfidoc #>> '{studentReference,studentUniqueId}';
    school bigint := (NEW.edfidoc #>> '{schoolReference,schoolId}')::bigint;
    ancestors jsonb := dms.laneway_ancestors(school);
    contacts text[];
BEGIN
    INSERT INTO dms.studentschoolassociationauthorization (
        studentuniqueid, hierarchyschoolid, studentschoolauthorizationeducationorganizationids,
        studentschoolassociationid, studentschoolassociationpartitionkey)
    VALUES (student, school, ancestors, NEW.id, NEW.documentpartitionkey);

    PERFORM dms.laneway_refresh_student_school(student, NEW.id, NEW.documentpartitionkey);

    WITH added AS (
        INSERT INTO dms.contactstudentschoolauthorization (
            contactuniqueid, studentuniqueid, contactstudentschoolauthorizationeducationorganizationids,
            studentcontactassociationid, studentcontactassociationpartitionkey,
            studentschoolassociationid, studentschoolassociationpartitionkey)
        SELECT r.contactuniqueid, student, ancestors,
            r.studentcontactassociationdocumentid, r.studentcontactassociationdocumentpartitionkey,
            NEW.id, NEW.documentpartitionkey
        FROM dms.studentcontactrelation r
        WHERE r.studentuniqueid = student
        RETURNING contactuniqueid
    )
    SELECT array_agg(DISTINCT contactuniqueid) INTO contacts FROM added;
    PERFORM dms.laneway_refresh_contacts(contacts);
    RETURN NULL;
END $$;

-- The student, the school or both have changed.
CREATE OR REPLACE FUNCTION dms.laneway_student_school_updated() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old_student text := OLD.edfidoc #>> '{studentReference,studentUniqueId}';
    new_student text := NEW.edfidoc #>> '{studentReference,studentUniqueId}';
    old_school bigint := (OLD.edfidoc #>> '{schoolReference,schoolId}')::bigint;
    new_school bigint := (NEW.edfidoc #>> '{schoolReference,schoolId}')::bigint;
    ancestors jsonb;
    contacts text[];
BEGIN
    IF old_student = new_student AND old_school = new_school THEN
        RETURN NULL;
    END IF;
    ancestors := dms.laneway_ancestors(new_school);

    IF old_student <> new_student THEN
        -- Whatever other associations the old student has. The association itself is among these documents.
        UPDATE dms.document d
        SET studentschoolauthorizationedorgids = NULL
        FROM (
            SELECT s.studentsecurabledocumentpartitionkey AS key, s.studentsecurabledocumentid AS id
            FROM dms.studentsecurabledocument s
            WHERE s.studentuniqueid = old_student
            ORDER BY 1, 2
        ) target
        WHERE d.documentpartitionkey = target.key
            AND d.id = target.id
            AND d.studentschoolauthorizationedorgids IS NOT NULL;
    END IF;

    UPDATE dms.studentschoolassociationauthorization
    SET studentuniqueid = new_student,
        hierarchyschoolid = new_school,
        studentschoolauthorizationeducationorganizationids = ancestors
    WHERE studentschoolassociationid = NEW.id AND studentschoolassociationpartitionkey = NEW.documentpartitionkey;

    PERFORM dms.laneway_refresh_student_school(new_student, NULL, NULL);

    IF old_student = new_student THEN
        WITH moved AS (
            UPDATE dms.contactstudentschoolauthorization
            SET contactstudentschoolauthorizationeducationorganizationids = ancestors
            WHERE studentschoolassociationid = NEW.id
                AND studentschoolassociationpartitionkey = NEW.documentpartitionkey
                AND studentuniqueid = new_student
            RETURNING contactuniqueid
        )
        SELECT array_agg(DISTINCT contactuniqueid) INTO contacts FROM moved;
        PERFORM dms.laneway_refresh_contacts(contacts);
    ELSE
        PERFORM dms.laneway_student_school_contacts_moved(old_student, new_student, ancestors, NEW.id, NEW.documentpartitionkey);
    END IF;
    RETURN NULL;
END $$;

-- An association has gone from one student to another: what their contacts get.
CREATE OR REPLACE FUNCTION dms.laneway_student_school_contacts_moved(
    old_student text, new_student text, ancestors jsonb, association_id bigint, association_key smallint
) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    contacts text[];
BEGIN
    UPDATE dms.contactstudentschoolauthorization
    SET contactstudentschoolauthorizationeducationorganizationids = '[]'
    WHERE studentschoolassociationid = association_id
        AND studentschoolassociationpartitionkey = association_key
        AND studentuniqueid = old_student;

    contacts := ARRAY(
        SELECT DISTINCT r.contactuniqueid FROM dms.studentcontactrelation r WHERE r.studentuniqueid = old_student
    );
    PERFORM dms.laneway_refresh_contacts(contacts);

    -- Each contact that has a row for the new student gets one for every relation of the new student, the other
    -- contacts' relations too, so that they multiply.
    contacts := ARRAY(
        SELECT DISTINCT a.contactuniqueid
        FROM dms.contactstudentschoolauthorization a
        WHERE a.studentuniqueid = new_student
    );
    INSERT INTO dms.contactstudentschoolauthorization (
        contactuniqueid, studentuniqueid, contactstudentschoolauthorizationeducationorganizationids,
        studentcontactassociationid, studentcontactassociationpartitionkey,
        studentschoolassociationid, studentschoolassociationpartitionkey)
    SELECT contact, new_student, ancestors,
        r.studentcontactassociationdocumentid, r.studentcontactassociationdocumentpartitionkey,
        association_id, association_key
    FROM unnest(contacts) contact
    CROSS JOIN dms.studentcontactrelation r
    WHERE r.studentuniqueid = new_student;
    PERFORM dms.laneway_refresh_contacts(contacts);
END $$;

-- The association's own rows have gone by cascade.
CREATE OR REPLACE FUNCTION dms.laneway_student_school_deleted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    student text := OLD.edfidoc #>> '{studentReference,studentUniqueId}';
    contacts text[];
BEGIN
    PERFORM dms.laneway_refresh_student_school(student, NULL, NULL);

    WITH emptied AS (
        UPDATE dms.contactstudentschoolauthorization
        SET contactstudentschoolauthorizationeducationorganizationids = '[]'
        WHERE studentuniqueid = student AND studentschoolassociationid IS NULL
        RETURNING contactuniqueid
    )
    SELECT array_agg(DISTINCT contactuniqueid) INTO contacts FROM emptied;
    PERFORM dms.laneway_refresh_contacts(contacts);
    RETURN NULL;
END $$;
