-- The next documents of a partition ($1) behind an id ($2), at most so many ($3): ids in order; null at the end.
SELECT array_agg(page.id ORDER BY page.id)
FROM (
    SELECT d.id FROM dms.document d WHERE d.documentpartitionkey = $1 AND d.id > $2 ORDER BY d.id LIMIT $3
) page
