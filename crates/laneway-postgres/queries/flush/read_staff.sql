-- The arrays of staff members ($1).
SELECT p.ordinal,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.staffeducationorganizationauthorization s,
        jsonb_array_elements(s.staffeducationorganizationauthorizationedorgids) e WHERE s.staffuniqueid = p.id)::text AS main_array, NULL::text AS responsibility_array
FROM unnest($1::text[]) WITH ORDINALITY AS p (id, ordinal)
