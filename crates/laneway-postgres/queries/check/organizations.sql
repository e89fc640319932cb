-- Organizations ($1) of the hierarchy, each with all below it and its lookup row.
WITH RECURSIVE page AS (
    SELECT h.id, h.educationorganizationid, h.documentpartitionkey, h.documentid
    FROM dms.educationorganizationhierarchy h
    WHERE h.educationorganizationid = ANY ($1)
),
-- UNION ends in a cycle too.
down AS (
    SELECT p.educationorganizationid AS top, p.id, p.educationorganizationid AS organization FROM page p
    UNION
    SELECT down.top, c.id, c.educationorganizationid
    FROM down JOIN dms.educationorganizationhierarchy c ON c.parentid = down.id
),
below AS (
    SELECT top, jsonb_agg(organization::text)::text AS list FROM down GROUP BY top
)
SELECT p.educationorganizationid AS organization, below.list AS below, l.hierarchy::text AS lookup,
    EXISTS (
        SELECT FROM dms.document d WHERE d.documentpartitionkey = p.documentpartitionkey AND d.id = p.documentid
    ) AS has_document
FROM page p
JOIN below ON below.top = p.educationorganizationid
LEFT JOIN dms.educationorganizationhierarchytermslookup l ON l.id = p.educationorganizationid
ORDER BY p.educationorganizationid
