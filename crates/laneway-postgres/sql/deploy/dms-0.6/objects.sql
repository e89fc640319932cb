-- Keys and indexes that this release has beside those that all have. No key keeps a document from referring twice to one.
SELECT pg_temp.add_index('reference', 'ix_reference_referenceddocumentid',
    'btree (referenceddocumentpartitionkey, referenceddocumentid)');

SELECT pg_temp.add_constraint('reference', 'fk_reference_referencedalias',
    'FOREIGN KEY (referentialpartitionkey, referentialid) REFERENCES dms.alias(referentialpartitionkey, referentialid) ON UPDATE CASCADE ON DELETE RESTRICT');
SELECT pg_temp.add_constraint('reference', 'fk_reference_referenceddocument',
    'FOREIGN KEY (referenceddocumentpartitionkey, referenceddocumentid) REFERENCES dms.document(documentpartitionkey, id)');

-- What the service looks for.
SELECT pg_temp.add_index('document', 'ix_document_securityelements_educationorganization',
    'gin (((securityelements -> ''EducationOrganization''::text)))');
SELECT pg_temp.add_index('document', 'ix_document_securityelements_namespace',
    'gin (((securityelements -> ''Namespace''::text)))');
