-- The arrays of contacts ($1).
SELECT p.ordinal,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.contactstudentschoolauthorization s,
        jsonb_array_elements(s.contactstudentschoolauthorizationeducationorganizationids) e WHERE s.contactuniqueid = p.id)::text AS main_array, NULL::text AS responsibility_array
FROM unnest($1::text[]) WITH ORDINALITY AS p (id, ordinal)
