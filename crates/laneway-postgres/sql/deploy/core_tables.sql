-- Documents and the names that they go by.
CREATE SCHEMA IF NOT EXISTS dms;

SELECT pg_temp.add_partitioned('document', 'documentpartitionkey', '
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
    lastmodifiedtraceid character varying(128) NOT NULL');

SELECT pg_temp.add_partitioned('alias', 'referentialpartitionkey', '
    id bigint GENERATED ALWAYS AS IDENTITY,
    referentialpartitionkey smallint NOT NULL,
    referentialid uuid NOT NULL,
    documentid bigint NOT NULL,
    documentpartitionkey smallint NOT NULL');
