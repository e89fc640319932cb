-- One document that refers to much: what it is, what it says, what it refers to.
WITH sample AS (
    SELECT d.* FROM dms.document d
    ORDER BY (d.resourcename = 'StudentSchoolAssociation') DESC, (d.securityelements->'Student' <> '[]') DESC, d.resourcename, d.id
    LIMIT 1
)
SELECT 'resource', concat_ws(' ', projectname, resourcename, resourceversion) FROM sample
UNION ALL SELECT 'uuid', documentuuid::text FROM sample
UNION ALL SELECT 'partition', 'Document_' || to_char(documentpartitionkey, 'FM00') FROM sample
UNION ALL SELECT 'body', left(edfidoc::text, 300) || CASE WHEN length(edfidoc::text) > 300 THEN '…' ELSE '' END FROM sample
UNION ALL SELECT 'security', securityelements::text FROM sample
UNION ALL SELECT 'refers to', coalesce(string_agg(DISTINCT target.resourcename, ', '), 'nothing')
    FROM sample
    LEFT JOIN dms.reference r ON (r.parentdocumentpartitionkey, r.parentdocumentid) = (sample.documentpartitionkey, sample.id)
    LEFT JOIN dms.document target ON (target.documentpartitionkey, target.id) = (r.referenceddocumentpartitionkey, r.referenceddocumentid);
