-- What documents refer to, by the ReferentialIds; the document is null where the service does not validate references.
SELECT pg_temp.add_partitioned('reference', 'parentdocumentpartitionkey', '
    id bigint GENERATED ALWAYS AS IDENTITY,
    parentdocumentid bigint NOT NULL,
    parentdocumentpartitionkey smallint NOT NULL,
    referenceddocumentid bigint,
    referenceddocumentpartitionkey smallint,
    referentialid uuid NOT NULL,
    referentialpartitionkey smallint NOT NULL');
