-- The newest documents, to try plugins on. LIMIT comes behind.
SELECT projectname, resourcename, edfidoc::text
FROM dms.document
ORDER BY id DESC
LIMIT
