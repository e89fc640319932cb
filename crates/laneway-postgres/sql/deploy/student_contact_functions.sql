-- Contacts and their students: one row for each student's school association, and the contact's union in every
-- document about the contact.

-- Writes a contact's union into the documents that name the contact, and into one more.
CREATE OR REPLACE FUNCTION dms.laneway_refresh_contact(contact text, extra_id bigint, extra_key smallint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET jit = off
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    organizations jsonb := (
        SELECT jsonb_agg(DISTINCT organization)
        FROM dms.contactstudentschoolauthorization a
        CROSS JOIN LATERAL jsonb_array_elements(a.contactstudentschoolauthorizationeducationorganizationids) organization
        WHERE a.contactuniqueid = contact
    );
BEGIN
    UPDATE dms.document d
    SET contactstudentschoolauthorizationedorgids = organizations
    FROM (
        SELECT s.contactsecurabledocumentpartitionkey AS key, s.contactsecurabledocumentid AS id
        FROM dms.contactsecurabledocument s
        WHERE s.contactuniqueid = contact
        UNION
        SELECT extra_key, extra_id
        ORDER BY 1, 2
    ) target
    WHERE d.documentpartitionkey = target.key
        AND d.id = target.id
        AND d.contactstudentschoolauthorizationedorgids IS DISTINCT FROM organizations;
END $$;

-- The same for several contacts, in order; null stands for none.
CREATE OR REPLACE FUNCTION dms.laneway_refresh_contacts(contacts text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM dms.laneway_refresh_contact(contact, NULL, NULL)
    FROM (SELECT contact FROM unnest(contacts) contact ORDER BY contact COLLATE "C") ordered;
END $$;

CREATE OR REPLACE FUNCTION dms.laneway_student_contact_inserted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    student text := NEW.edfidoc #>> '{studentReference,studentUniqueId}';
    contact text := NEW.edfidoc #>> '{contactReference,contactUniqueId}';
BEGIN
    INSERT INTO dms.studentcontactrelation (
        studentuniqueid, contactuniqueid,
        studentcontactassociationdocumentid, studentcontactassociationdocumentpartitionkey)
    VALUES (student, contact, NEW.id, NEW.documentpartitionkey)
    ON CONFLICT DO NOTHING;

    INSERT INTO dms.contactstudentschoolauthorization (
        contactuniqueid, studentuniqueid, contactstudentschoolauthorizationeducationorganizationids,
        studentcontactassociationid, studentcontactassociationpartitionkey,
        studentschoolassociationid, studentschoolassociationpartitionkey)
    SELECT contact, student, a.studentschoolauthorizationeducationorganizationids,
        NEW.id, NEW.documentpartitionkey,
        a.studentschoolassociationid, a.studentschoolassociationpartitionkey
    FROM dms.studentschoolassociationauthorization a
    WHERE a.studentuniqueid = student;

    PERFORM dms.laneway_refresh_contact(contact, NEW.id, NEW.documentpartitionkey);
    RETURN NULL;
END $$;

-- A contact's row has gone, with either of its associations.
CREATE OR REPLACE FUNCTION dms.laneway_contact_row_deleted() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM dms.laneway_refresh_contact(OLD.contactuniqueid, NULL, NULL);
    RETURN NULL;
END $$;
