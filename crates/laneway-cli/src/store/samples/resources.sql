-- The resources with the most documents.
SELECT resourcename, count(*) FROM dms.document GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 8;
