-- The distinct organizations over a student's rows; null when there are none.
SELECT jsonb_agg(DISTINCT organization)
FROM dms.studenteducationorganizationresponsibilityauthorization
CROSS JOIN LATERAL jsonb_array_elements(studentedorgresponsibilityauthorizationedorgids) AS organization
WHERE studentuniqueid = $1
