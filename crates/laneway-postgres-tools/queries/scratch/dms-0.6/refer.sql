-- Adds what a document refers to by itself, once what it names is there: for members of a cycle that were written one
-- after another. Nothing is added when the last write of the document was another's ($2), or where it refers already.
INSERT INTO dms.reference
    (parentdocumentid, parentdocumentpartitionkey, referentialpartitionkey, referentialid,
     referenceddocumentid, referenceddocumentpartitionkey)
SELECT parent.documentid, parent.documentpartitionkey, target.referentialpartitionkey, target.referentialid,
    target.documentid, target.documentpartitionkey
FROM dms.alias parent
JOIN dms.document d ON d.documentpartitionkey = parent.documentpartitionkey AND d.id = parent.documentid
CROSS JOIN dms.alias target
WHERE parent.referentialid = $1 AND d.lastmodifiedtraceid = $2 AND target.referentialid = ANY($3)
    AND NOT EXISTS (
        SELECT FROM dms.reference r
        WHERE r.parentdocumentpartitionkey = parent.documentpartitionkey AND r.parentdocumentid = parent.documentid
            AND r.referentialpartitionkey = target.referentialpartitionkey AND r.referentialid = target.referentialid
    )
