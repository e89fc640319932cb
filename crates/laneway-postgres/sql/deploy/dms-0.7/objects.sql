-- Keys and indexes that this release has beside those that all have.

SELECT pg_temp.add_constraint('reference', 'ux_reference_parent_alias',
    'UNIQUE (parentdocumentpartitionkey, parentdocumentid, aliasid)');

SELECT pg_temp.add_index('reference', 'ix_reference_aliasid',
    'btree (referentialpartitionkey, aliasid)');
SELECT pg_temp.add_index('reference', 'ix_reference_referenceddocument',
    'btree (referenceddocumentpartitionkey, referenceddocumentid) INCLUDE (parentdocumentpartitionkey, parentdocumentid)');

SELECT pg_temp.add_constraint('reference', 'fk_reference_referencedalias',
    'FOREIGN KEY (referentialpartitionkey, aliasid) REFERENCES dms.alias(referentialpartitionkey, id) ON UPDATE CASCADE ON DELETE RESTRICT');

-- What the service looks for.
SELECT pg_temp.add_index('document', 'ix_document_edfidoc',
    'gin (edfidoc jsonb_path_ops)');
SELECT pg_temp.add_index('document', 'ix_document_securityelements_educationorganization',
    'btree (((((securityelements -> ''EducationOrganization''::text) -> 0) ->> ''Id''::text)))');
SELECT pg_temp.add_index('document', 'ix_document_securityelements_namespace',
    'btree ((((securityelements -> ''Namespace''::text) ->> 0)) text_pattern_ops)');
