-- The arrays of students ($1).
SELECT p.ordinal,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.studentschoolassociationauthorization s,
        jsonb_array_elements(s.studentschoolauthorizationeducationorganizationids) e WHERE s.studentuniqueid = p.id)::text AS main_array,
    (SELECT jsonb_agg(DISTINCT e) FROM dms.studenteducationorganizationresponsibilityauthorization s,
        jsonb_array_elements(s.studentedorgresponsibilityauthorizationedorgids) e WHERE s.studentuniqueid = p.id)::text AS responsibility_array
FROM unnest($1::text[]) WITH ORDINALITY AS p (id, ordinal)
