-- What documents refer to: rows of a new document, or those that an update adds.
INSERT INTO dms.reference
    (parentdocumentid, parentdocumentpartitionkey, referentialpartitionkey, aliasid,
     referenceddocumentid, referenceddocumentpartitionkey)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::bigint[], $6::smallint[])
