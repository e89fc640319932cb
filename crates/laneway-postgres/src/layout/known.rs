//! The tables and columns that a store of today has, whatever else it has.

/// The three tables that are partitioned, and by how many.
pub(super) const PARTITIONED: [&str; 3] = ["document", "alias", "reference"];

/// The columns that every store has, table by table. Id columns are filled by the database.
pub(super) const TABLES: &[(&str, &[(&str, &str)])] = &[
    (
        "document",
        &[
            ("id", "bigint"),
            ("documentpartitionkey", "smallint"),
            ("documentuuid", "uuid"),
            ("resourcename", "character varying"),
            ("resourceversion", "character varying"),
            ("isdescriptor", "boolean"),
            ("projectname", "character varying"),
            ("edfidoc", "jsonb"),
            ("securityelements", "jsonb"),
            ("studentschoolauthorizationedorgids", "jsonb"),
            ("studentedorgresponsibilityauthorizationids", "jsonb"),
            ("contactstudentschoolauthorizationedorgids", "jsonb"),
            ("staffeducationorganizationauthorizationedorgids", "jsonb"),
            ("createdat", "timestamp without time zone"),
            ("lastmodifiedat", "timestamp without time zone"),
            ("lastmodifiedtraceid", "character varying"),
        ],
    ),
    (
        "alias",
        &[
            ("id", "bigint"),
            ("referentialpartitionkey", "smallint"),
            ("referentialid", "uuid"),
            ("documentid", "bigint"),
            ("documentpartitionkey", "smallint"),
        ],
    ),
    (
        "reference",
        &[
            ("id", "bigint"),
            ("parentdocumentid", "bigint"),
            ("parentdocumentpartitionkey", "smallint"),
            ("referentialpartitionkey", "smallint"),
            ("aliasid", "bigint"),
            ("referenceddocumentpartitionkey", "smallint"),
            ("referenceddocumentid", "bigint"),
        ],
    ),
    (
        "educationorganizationhierarchy",
        &[
            ("id", "bigint"),
            ("projectname", "character varying"),
            ("resourcename", "character varying"),
            ("educationorganizationid", "bigint"),
            ("parentid", "bigint"),
            ("documentid", "bigint"),
            ("documentpartitionkey", "smallint"),
        ],
    ),
    (
        "educationorganizationhierarchytermslookup",
        &[("primarykey", "bigint"), ("id", "bigint"), ("hierarchy", "jsonb")],
    ),
    (
        "studentschoolassociationauthorization",
        &[
            ("id", "bigint"),
            ("studentuniqueid", "character varying"),
            ("hierarchyschoolid", "bigint"),
            ("studentschoolauthorizationeducationorganizationids", "jsonb"),
            ("studentschoolassociationid", "bigint"),
            ("studentschoolassociationpartitionkey", "smallint"),
        ],
    ),
    (
        "studenteducationorganizationresponsibilityauthorization",
        &[
            ("id", "bigint"),
            ("studentuniqueid", "character varying"),
            ("hierarchyedorgid", "bigint"),
            ("studentedorgresponsibilityauthorizationedorgids", "jsonb"),
            ("studentedorgresponsibilityassociationid", "bigint"),
            ("studentedorgresponsibilityassociationpartitionkey", "smallint"),
        ],
    ),
    (
        "staffeducationorganizationauthorization",
        &[
            ("id", "bigint"),
            ("staffuniqueid", "character varying"),
            ("hierarchyedorgid", "bigint"),
            ("staffeducationorganizationauthorizationedorgids", "jsonb"),
            ("staffeducationorganizationid", "bigint"),
            ("staffeducationorganizationpartitionkey", "smallint"),
        ],
    ),
    (
        "studentcontactrelation",
        &[
            ("id", "bigint"),
            ("studentuniqueid", "character varying"),
            ("contactuniqueid", "character varying"),
            ("studentcontactassociationdocumentid", "bigint"),
            ("studentcontactassociationdocumentpartitionkey", "smallint"),
        ],
    ),
    (
        "contactstudentschoolauthorization",
        &[
            ("id", "bigint"),
            ("contactuniqueid", "character varying"),
            ("studentuniqueid", "character varying"),
            ("contactstudentschoolauthorizationeducationorganizationids", "jsonb"),
            ("studentcontactassociationid", "bigint"),
            ("studentcontactassociationpartitionkey", "smallint"),
            ("studentschoolassociationid", "bigint"),
            ("studentschoolassociationpartitionkey", "smallint"),
        ],
    ),
    (
        "studentsecurabledocument",
        &[
            ("id", "bigint"),
            ("studentuniqueid", "character varying"),
            ("studentsecurabledocumentid", "bigint"),
            ("studentsecurabledocumentpartitionkey", "smallint"),
        ],
    ),
    (
        "contactsecurabledocument",
        &[
            ("id", "bigint"),
            ("contactuniqueid", "character varying"),
            ("contactsecurabledocumentid", "bigint"),
            ("contactsecurabledocumentpartitionkey", "smallint"),
        ],
    ),
    (
        "staffsecurabledocument",
        &[
            ("id", "bigint"),
            ("staffuniqueid", "character varying"),
            ("staffsecurabledocumentid", "bigint"),
            ("staffsecurabledocumentpartitionkey", "smallint"),
        ],
    ),
];

/// Columns that nobody writes: the database must fill them.
pub(super) const FILLED: [(&str, &str); 3] = [
    ("document", "createdat"),
    ("document", "lastmodifiedat"),
    ("educationorganizationhierarchytermslookup", "primarykey"),
];
