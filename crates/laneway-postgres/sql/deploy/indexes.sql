-- Indexes besides those of the keys. What is named ux_… is unique.

-- Documents, aliases, references.
SELECT pg_temp.add_index('document', 'ix_document_contactstudentschoolauthorizationedorgids',
    'gin (contactstudentschoolauthorizationedorgids)');
SELECT pg_temp.add_index('document', 'ix_document_resourcename_createdat',
    'btree (resourcename, createdat)');
SELECT pg_temp.add_index('document', 'ix_document_staffeducationorganizationauthorizationedorgids',
    'gin (staffeducationorganizationauthorizationedorgids)');
SELECT pg_temp.add_index('document', 'ix_document_studentedorgresponsibilityauthorizationids',
    'gin (studentedorgresponsibilityauthorizationids)');
SELECT pg_temp.add_index('document', 'ix_document_studentschoolauthorizationedorgids',
    'gin (studentschoolauthorizationedorgids)');
SELECT pg_temp.add_index('document', 'ux_document_documentuuid',
    'btree (documentpartitionkey, documentuuid)');
SELECT pg_temp.add_index('alias', 'ix_alias_documentid',
    'btree (documentpartitionkey, documentid)');
SELECT pg_temp.add_index('alias', 'ix_fk_alias_document',
    'btree (documentpartitionkey, documentid)');
SELECT pg_temp.add_index('alias', 'ux_alias_referentialid',
    'btree (referentialpartitionkey, referentialid)');
SELECT pg_temp.add_index('reference', 'ix_reference_parentdocumentid',
    'btree (parentdocumentpartitionkey, parentdocumentid)');

-- The hierarchy.
SELECT pg_temp.add_index('educationorganizationhierarchy', 'ux_educationorganizationhierarchy_educationorganizationid',
    'btree (educationorganizationid)');

-- Persons' associations.
SELECT pg_temp.add_index('studentschoolassociationauthorization', 'ix_fk_studentschoolassociationauthorization_document',
    'btree (studentschoolassociationid, studentschoolassociationpartitionkey)');
SELECT pg_temp.add_index('studentschoolassociationauthorization', 'ix_fk_studentschoolassociationauthorization_edorghrchy',
    'btree (hierarchyschoolid)');
SELECT pg_temp.add_index('studentschoolassociationauthorization', 'ix_studentschoolassociationauthorization_studentuniqueid',
    'btree (studentuniqueid)');
SELECT pg_temp.add_index('studenteducationorganizationresponsibilityauthorization', 'ix_fk_studentedorgresponsibilityauthorization_document',
    'btree (studentedorgresponsibilityassociationid, studentedorgresponsibilityassociationpartitionkey)');
SELECT pg_temp.add_index('studenteducationorganizationresponsibilityauthorization', 'ix_fk_studentedorgresponsibilityauthorization_edorghrchy',
    'btree (hierarchyedorgid)');
SELECT pg_temp.add_index('studenteducationorganizationresponsibilityauthorization', 'ix_studentedorgresponsibilityauthorization_studentuniqueid',
    'btree (studentuniqueid)');
SELECT pg_temp.add_index('staffeducationorganizationauthorization', 'ix_fk_staffeducationorganizationauthorization_document',
    'btree (staffeducationorganizationid, staffeducationorganizationpartitionkey)');
SELECT pg_temp.add_index('staffeducationorganizationauthorization', 'ix_fk_staffeducationorganizationauthorization_edorghrchy',
    'btree (hierarchyedorgid)');
SELECT pg_temp.add_index('staffeducationorganizationauthorization', 'ix_staffeducationorganizationauthorization_staffuniqueid',
    'btree (staffuniqueid)');
SELECT pg_temp.add_index('studentcontactrelation', 'ix_fk_studentcontactassociation_document',
    'btree (studentcontactassociationdocumentid, studentcontactassociationdocumentpartitionkey)');
SELECT pg_temp.add_index('studentcontactrelation', 'ix_studentcontactrelation_contactuniqueid',
    'btree (contactuniqueid)');
SELECT pg_temp.add_index('studentcontactrelation', 'ix_studentcontactrelation_studentuniqueid',
    'btree (studentuniqueid)');
SELECT pg_temp.add_index('contactstudentschoolauthorization', 'ix_contactstudentschoolauthorization_contactuniqueid',
    'btree (contactuniqueid)');
SELECT pg_temp.add_index('contactstudentschoolauthorization', 'ix_contactstudentschoolauthorization_studentuniqueid',
    'btree (studentuniqueid)');
SELECT pg_temp.add_index('contactstudentschoolauthorization', 'ix_fk_contactstudentschoolauthorization_sca_document',
    'btree (studentcontactassociationid, studentcontactassociationpartitionkey)');
SELECT pg_temp.add_index('contactstudentschoolauthorization', 'ix_fk_contactstudentschoolauthorization_ssa_document',
    'btree (studentschoolassociationid, studentschoolassociationpartitionkey)');

-- Documents that name persons.
SELECT pg_temp.add_index('studentsecurabledocument', 'ix_fk_studentsecurabledocument_document',
    'btree (studentsecurabledocumentid, studentsecurabledocumentpartitionkey)');
SELECT pg_temp.add_index('studentsecurabledocument', 'ix_studentsecurabledocument_studentuniqueid',
    'btree (studentuniqueid)');
SELECT pg_temp.add_index('contactsecurabledocument', 'ix_contactsecurabledocument_contactuniqueid',
    'btree (contactuniqueid)');
SELECT pg_temp.add_index('contactsecurabledocument', 'ix_fk_contactsecurabledocument_document',
    'btree (contactsecurabledocumentid, contactsecurabledocumentpartitionkey)');
SELECT pg_temp.add_index('staffsecurabledocument', 'ix_fk_staffsecurabledocument_document',
    'btree (staffsecurabledocumentid, staffsecurabledocumentpartitionkey)');
