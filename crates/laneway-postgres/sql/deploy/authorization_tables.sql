-- Who belongs where: the hierarchy of organizations, persons' associations with it, the documents that name persons.
CREATE TABLE dms.educationorganizationhierarchy (
    id bigint GENERATED ALWAYS AS IDENTITY,
    projectname character varying(256) NOT NULL,
    resourcename character varying(256) NOT NULL,
    educationorganizationid bigint NOT NULL,
    parentid bigint,
    documentid bigint NOT NULL,
    documentpartitionkey smallint NOT NULL
);

CREATE TABLE dms.educationorganizationhierarchytermslookup (
    primarykey bigint GENERATED ALWAYS AS IDENTITY,
    id bigint NOT NULL,
    hierarchy jsonb NOT NULL
);

CREATE TABLE dms.studentschoolassociationauthorization (
    id bigint GENERATED ALWAYS AS IDENTITY,
    studentuniqueid character varying(32) NOT NULL,
    hierarchyschoolid bigint NOT NULL,
    studentschoolauthorizationeducationorganizationids jsonb NOT NULL,
    studentschoolassociationid bigint NOT NULL,
    studentschoolassociationpartitionkey smallint NOT NULL
);

CREATE TABLE dms.studenteducationorganizationresponsibilityauthorization (
    id bigint GENERATED ALWAYS AS IDENTITY,
    studentuniqueid character varying(32) NOT NULL,
    hierarchyedorgid bigint NOT NULL,
    studentedorgresponsibilityauthorizationedorgids jsonb NOT NULL,
    studentedorgresponsibilityassociationid bigint NOT NULL,
    studentedorgresponsibilityassociationpartitionkey smallint NOT NULL
);

CREATE TABLE dms.staffeducationorganizationauthorization (
    id bigint GENERATED ALWAYS AS IDENTITY,
    staffuniqueid character varying(32) NOT NULL,
    hierarchyedorgid bigint NOT NULL,
    staffeducationorganizationauthorizationedorgids jsonb NOT NULL,
    staffeducationorganizationid bigint NOT NULL,
    staffeducationorganizationpartitionkey smallint NOT NULL
);

CREATE TABLE dms.studentcontactrelation (
    id bigint GENERATED ALWAYS AS IDENTITY,
    studentuniqueid character varying(32) NOT NULL,
    contactuniqueid character varying(32) NOT NULL,
    studentcontactassociationdocumentid bigint NOT NULL,
    studentcontactassociationdocumentpartitionkey smallint NOT NULL
);

CREATE TABLE dms.contactstudentschoolauthorization (
    id bigint GENERATED ALWAYS AS IDENTITY,
    contactuniqueid character varying(32) NOT NULL,
    studentuniqueid character varying(32) NOT NULL,
    contactstudentschoolauthorizationeducationorganizationids jsonb NOT NULL,
    studentcontactassociationid bigint NOT NULL,
    studentcontactassociationpartitionkey smallint NOT NULL,
    studentschoolassociationid bigint,
    studentschoolassociationpartitionkey smallint
);

CREATE TABLE dms.studentsecurabledocument (
    id bigint GENERATED ALWAYS AS IDENTITY,
    studentuniqueid character varying(32) NOT NULL,
    studentsecurabledocumentid bigint NOT NULL,
    studentsecurabledocumentpartitionkey smallint NOT NULL
);

CREATE TABLE dms.contactsecurabledocument (
    id bigint GENERATED ALWAYS AS IDENTITY,
    contactuniqueid character varying(32) NOT NULL,
    contactsecurabledocumentid bigint NOT NULL,
    contactsecurabledocumentpartitionkey smallint NOT NULL
);

CREATE TABLE dms.staffsecurabledocument (
    id bigint GENERATED ALWAYS AS IDENTITY,
    staffuniqueid character varying(32) NOT NULL,
    staffsecurabledocumentid bigint NOT NULL,
    staffsecurabledocumentpartitionkey smallint NOT NULL
);

SELECT pg_temp.added('tables');
