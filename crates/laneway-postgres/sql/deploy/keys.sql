-- Primary and unique keys. Names are the store's own; definitions are written as PostgreSQL prints them, so that one
-- which stands under another name is recognised.

-- Primary keys.
SELECT pg_temp.add_constraint('document', 'document_pkey',
    'PRIMARY KEY (documentpartitionkey, id)');
SELECT pg_temp.add_constraint('alias', 'alias_pkey',
    'PRIMARY KEY (referentialpartitionkey, id)');
SELECT pg_temp.add_constraint('reference', 'reference_pkey',
    'PRIMARY KEY (parentdocumentpartitionkey, id)');
SELECT pg_temp.add_constraint('educationorganizationhierarchy', 'educationorganizationhierarchy_pkey',
    'PRIMARY KEY (id)');

-- Unique keys.
SELECT pg_temp.add_constraint('educationorganizationhierarchy', 'educationorganizationhierarch_projectname_resourcename_educ_key',
    'UNIQUE (projectname, resourcename, educationorganizationid, parentid)');
SELECT pg_temp.add_constraint('educationorganizationhierarchytermslookup', 'educationorganizationhierarchytermslookup_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('educationorganizationhierarchytermslookup', 'educationorganizationhierarchytermslookup_primarykey_key',
    'UNIQUE (primarykey)');
SELECT pg_temp.add_constraint('studentschoolassociationauthorization', 'studentschoolassociationauthorization_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('studenteducationorganizationresponsibilityauthorization', 'studenteducationorganizationresponsibilityauthorization_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('staffeducationorganizationauthorization', 'staffeducationorganizationauthorization_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('studentcontactrelation', 'studentcontactrelation_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('studentcontactrelation', 'uq_studentcontactrelation_composite',
    'UNIQUE (studentuniqueid, contactuniqueid, studentcontactassociationdocumentid, studentcontactassociationdocumentpartitionkey)');
SELECT pg_temp.add_constraint('contactstudentschoolauthorization', 'contactstudentschoolauthorization_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('studentsecurabledocument', 'studentsecurabledocument_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('contactsecurabledocument', 'contactsecurabledocument_id_key',
    'UNIQUE (id)');
SELECT pg_temp.add_constraint('staffsecurabledocument', 'staffsecurabledocument_id_key',
    'UNIQUE (id)');
