-- Organizations ($1) that are there: their row, what is above them (themselves first, from below), and whether that comes back
-- to where it was.
WITH RECURSIVE up AS (
    SELECT o.ordinal, h.id, h.educationorganizationid, h.parentid, 1 AS level
    FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, ordinal)
    JOIN dms.educationorganizationhierarchy h ON h.educationorganizationid = o.id
    UNION ALL
    SELECT up.ordinal, p.id, p.educationorganizationid, p.parentid, up.level + 1
    FROM up JOIN dms.educationorganizationhierarchy p ON p.id = up.parentid
) CYCLE id SET is_cycle USING path
SELECT up.ordinal, (array_agg(up.id ORDER BY up.level))[1] AS hierarchy_id,
    string_agg(up.educationorganizationid::text, ',' ORDER BY up.level) AS ancestors, bool_or(up.is_cycle) AS is_cyclic
FROM up GROUP BY up.ordinal
