-- One document that refers to much: what it is, what it holds, what it refers to.
WITH sample AS (
    SELECT d.*, (SELECT c.relname FROM pg_class c WHERE c.oid = d.tableoid) AS partition_name FROM dms.document d
    ORDER BY (d.resourcename = 'StudentSchoolAssociation') DESC, (d.securityelements->'Student' <> '[]') DESC, d.resourcename, d.id
    LIMIT 1
),
targets AS (
    SELECT string_agg(DISTINCT target.resourcename, ', ') AS names
    FROM sample
    JOIN dms.reference r ON (r.parentdocumentpartitionkey, r.parentdocumentid) = (sample.documentpartitionkey, sample.id)
    JOIN dms.document target ON (target.documentpartitionkey, target.id) = (r.referenceddocumentpartitionkey, r.referenceddocumentid)
)
SELECT name, value
FROM sample, targets, LATERAL (VALUES
    (1, 'resource', concat_ws(' ', projectname, resourcename, resourceversion)),
    (2, 'uuid', documentuuid::text),
    (3, 'partition', initcap(partition_name)),
    (4, 'body', left(edfidoc::text, 300) || CASE WHEN length(edfidoc::text) > 300 THEN '…' ELSE '' END),
    (5, 'security', securityelements::text),
    (6, 'refers to', coalesce(targets.names, 'nothing'))
) AS line (place, name, value)
ORDER BY place;
