-- Organizations ($1) in whose line upwards, themselves included, one has a document that was written again, and when the last of
-- those was, in microseconds: it may have had another parent before.
WITH RECURSIVE up AS (
    SELECT h.educationorganizationid AS organization, h.id, h.parentid, h.documentpartitionkey, h.documentid
    FROM unnest($1::bigint[]) AS o (id)
    JOIN dms.educationorganizationhierarchy h ON h.educationorganizationid = o.id
    UNION
    SELECT up.organization, p.id, p.parentid, p.documentpartitionkey, p.documentid
    FROM up JOIN dms.educationorganizationhierarchy p ON p.id = up.parentid
)
SELECT up.organization, (extract(epoch FROM max(d.lastmodifiedat)) * 1000000)::bigint AS modified
FROM up JOIN dms.document d ON d.documentpartitionkey = up.documentpartitionkey AND d.id = up.documentid
WHERE d.lastmodifiedat > d.createdat
GROUP BY up.organization
