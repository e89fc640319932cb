-- Is each document's staff array one that some order of writing leaves?
-- One row: 't', how many are. Then one row for each of the others: 'f', 1, what it is.
WITH person AS (
    -- Who a document is about: its securable row, or the association row that it made itself.
    SELECT staffsecurabledocumentpartitionkey AS p, staffsecurabledocumentid AS d, staffuniqueid AS id
    FROM dms.staffsecurabledocument
    UNION
    SELECT staffeducationorganizationpartitionkey, staffeducationorganizationid, staffuniqueid
    FROM dms.staffeducationorganizationauthorization
),
judged AS (
    SELECT d.resourcename, d.documentuuid, person.id AS person, d.staffeducationorganizationauthorizationedorgids AS have,
        CASE
            WHEN d.staffeducationorganizationauthorizationedorgids IS NULL THEN NOT EXISTS (
                SELECT FROM dms.staffeducationorganizationauthorization a WHERE a.staffuniqueid = person.id)
            -- A union of some of the person's arrays, exactly when the union of those inside it is all of it.
            ELSE COALESCE((
                SELECT d.staffeducationorganizationauthorizationedorgids <@ jsonb_agg(element)
                FROM dms.staffeducationorganizationauthorization a,
                    jsonb_array_elements(a.staffeducationorganizationauthorizationedorgids) AS element
                WHERE a.staffuniqueid = person.id
                    AND a.staffeducationorganizationauthorizationedorgids <@ d.staffeducationorganizationauthorizationedorgids),
                false)
        END AS permitted
    FROM dms.document d
    LEFT JOIN person ON (person.p, person.d) = (d.documentpartitionkey, d.id)
)
SELECT 't', count(*)::text, '' FROM judged WHERE permitted
UNION ALL
SELECT 'f', '1', format('%s %s of staff %s has %s', resourcename, documentuuid, coalesce(person, '(none)'), coalesce(have::text, 'null'))
FROM judged WHERE NOT permitted;
