-- Foreign keys, after the keys and unique indexes that they rest on. Definitions are written as PostgreSQL prints them.
SELECT pg_temp.add_constraint('alias', 'fk_alias_document',
    'FOREIGN KEY (documentpartitionkey, documentid) REFERENCES dms.document(documentpartitionkey, id) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('reference', 'fk_reference_parentdocument',
    'FOREIGN KEY (parentdocumentpartitionkey, parentdocumentid) REFERENCES dms.document(documentpartitionkey, id) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('educationorganizationhierarchy', 'educationorganizationhierarchy_parentid_fkey',
    'FOREIGN KEY (parentid) REFERENCES dms.educationorganizationhierarchy(id) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('studentschoolassociationauthorization', 'fk_studentschoolassociationauthorization_document',
    'FOREIGN KEY (studentschoolassociationid, studentschoolassociationpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('studentschoolassociationauthorization', 'studentschoolassociationauthorization_hierarchyschoolid_fkey',
    'FOREIGN KEY (hierarchyschoolid) REFERENCES dms.educationorganizationhierarchy(educationorganizationid) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('studenteducationorganizationresponsibilityauthorization', 'fk_studentedorgresponsibilityauthorization_document',
    'FOREIGN KEY (studentedorgresponsibilityassociationid, studentedorgresponsibilityassociationpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('studenteducationorganizationresponsibilityauthorization', 'studenteducationorganizationresponsibilit_hierarchyedorgid_fkey',
    'FOREIGN KEY (hierarchyedorgid) REFERENCES dms.educationorganizationhierarchy(educationorganizationid) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('staffeducationorganizationauthorization', 'fk_staffeducationorganizationauthorization_document',
    'FOREIGN KEY (staffeducationorganizationid, staffeducationorganizationpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('staffeducationorganizationauthorization', 'staffeducationorganizationauthorization_hierarchyedorgid_fkey',
    'FOREIGN KEY (hierarchyedorgid) REFERENCES dms.educationorganizationhierarchy(educationorganizationid) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('studentcontactrelation', 'fk_studentcontactassociation_document',
    'FOREIGN KEY (studentcontactassociationdocumentid, studentcontactassociationdocumentpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('contactstudentschoolauthorization', 'fk_contactstudentschoolauthorization_sca_document',
    'FOREIGN KEY (studentcontactassociationid, studentcontactassociationpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED');
SELECT pg_temp.add_constraint('contactstudentschoolauthorization', 'fk_contactstudentschoolauthorization_ssa_document',
    'FOREIGN KEY (studentschoolassociationid, studentschoolassociationpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED');
SELECT pg_temp.add_constraint('studentsecurabledocument', 'fk_studentsecurabledocument_document',
    'FOREIGN KEY (studentsecurabledocumentid, studentsecurabledocumentpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('contactsecurabledocument', 'fk_contactsecurabledocument_document',
    'FOREIGN KEY (contactsecurabledocumentid, contactsecurabledocumentpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE');
SELECT pg_temp.add_constraint('staffsecurabledocument', 'fk_staffsecurabledocument_document',
    'FOREIGN KEY (staffsecurabledocumentid, staffsecurabledocumentpartitionkey) REFERENCES dms.document(id, documentpartitionkey) ON DELETE CASCADE');
