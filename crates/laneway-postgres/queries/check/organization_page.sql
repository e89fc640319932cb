-- The next organizations of the hierarchy behind an id ($1), at most so many ($2), in order; null at the end.
SELECT array_agg(page.id ORDER BY page.id)
FROM (
    SELECT h.educationorganizationid AS id
    FROM dms.educationorganizationhierarchy h
    WHERE h.educationorganizationid > $1
    ORDER BY h.educationorganizationid
    LIMIT $2
) page
