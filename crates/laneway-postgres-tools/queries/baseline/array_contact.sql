-- The distinct organizations over a contact's rows; null when there are none.
SELECT jsonb_agg(DISTINCT organization)
FROM dms.contactstudentschoolauthorization
CROSS JOIN LATERAL jsonb_array_elements(contactstudentschoolauthorizationeducationorganizationids) AS organization
WHERE contactuniqueid = $1
