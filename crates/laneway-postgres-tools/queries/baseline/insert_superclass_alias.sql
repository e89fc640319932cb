-- The document's second name, that of its superclass.
INSERT INTO dms.alias (referentialpartitionkey, referentialid, documentid, documentpartitionkey)
VALUES ($1, $2, $3, $4)
