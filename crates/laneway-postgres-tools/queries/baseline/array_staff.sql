-- The distinct organizations over a staff member's rows; null when there are none.
SELECT jsonb_agg(DISTINCT organization)
FROM dms.staffeducationorganizationauthorization
CROSS JOIN LATERAL jsonb_array_elements(staffeducationorganizationauthorizationedorgids) AS organization
WHERE staffuniqueid = $1
