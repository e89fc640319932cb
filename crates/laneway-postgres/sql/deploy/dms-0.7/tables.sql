-- What documents refer to, by their aliases' ids.
SELECT pg_temp.add_partitioned('reference', 'parentdocumentpartitionkey', '
    id bigint GENERATED ALWAYS AS IDENTITY,
    parentdocumentid bigint NOT NULL,
    parentdocumentpartitionkey smallint NOT NULL,
    referentialpartitionkey smallint NOT NULL,
    aliasid bigint NOT NULL,
    referenceddocumentpartitionkey smallint NOT NULL,
    referenceddocumentid bigint NOT NULL');
