-- Documents, the names that they go by, and what they refer to.
CREATE SCHEMA IF NOT EXISTS dms;

CREATE TABLE dms.document (
    id bigint GENERATED ALWAYS AS IDENTITY,
    documentpartitionkey smallint NOT NULL,
    documentuuid uuid NOT NULL,
    resourcename character varying(256) NOT NULL,
    resourceversion character varying(64) NOT NULL,
    isdescriptor boolean NOT NULL,
    projectname character varying(256) NOT NULL,
    edfidoc jsonb NOT NULL,
    securityelements jsonb NOT NULL,
    studentschoolauthorizationedorgids jsonb,
    studentedorgresponsibilityauthorizationids jsonb,
    contactstudentschoolauthorizationedorgids jsonb,
    staffeducationorganizationauthorizationedorgids jsonb,
    createdat timestamp without time zone NOT NULL DEFAULT now(),
    lastmodifiedat timestamp without time zone NOT NULL DEFAULT now(),
    lastmodifiedtraceid character varying(128) NOT NULL
) PARTITION BY LIST (documentpartitionkey);

CREATE TABLE dms.alias (
    id bigint GENERATED ALWAYS AS IDENTITY,
    referentialpartitionkey smallint NOT NULL,
    referentialid uuid NOT NULL,
    documentid bigint NOT NULL,
    documentpartitionkey smallint NOT NULL
) PARTITION BY LIST (referentialpartitionkey);

CREATE TABLE dms.reference (
    id bigint GENERATED ALWAYS AS IDENTITY,
    parentdocumentid bigint NOT NULL,
    parentdocumentpartitionkey smallint NOT NULL,
    referentialpartitionkey smallint NOT NULL,
    aliasid bigint NOT NULL,
    referenceddocumentpartitionkey smallint NOT NULL,
    referenceddocumentid bigint NOT NULL
) PARTITION BY LIST (parentdocumentpartitionkey);

-- One partition for each value of the key, numbered by it.
DO $$
BEGIN
    FOR key IN 0..15 LOOP
        EXECUTE format('CREATE TABLE dms.document_%s PARTITION OF dms.document FOR VALUES IN (%s)', to_char(key, 'FM00'), key);
        EXECUTE format('CREATE TABLE dms.alias_%s PARTITION OF dms.alias FOR VALUES IN (%s)', to_char(key, 'FM00'), key);
        EXECUTE format('CREATE TABLE dms.reference_%s PARTITION OF dms.reference FOR VALUES IN (%s)', to_char(key, 'FM00'), key);
    END LOOP;
END $$;
