-- New bodies of stored documents, with what is derived from them.
UPDATE dms.document d
SET edfidoc = u.body::jsonb,
    securityelements = u.security,
    studentschoolauthorizationedorgids = u.student,
    studentedorgresponsibilityauthorizationids = u.responsibility,
    contactstudentschoolauthorizationedorgids = u.contact,
    staffeducationorganizationauthorizationedorgids = u.staff,
    lastmodifiedat = clock_timestamp() AT TIME ZONE 'UTC',
    lastmodifiedtraceid = u.trace
FROM unnest(
    $1::bigint[], $2::smallint[], $3::text[], $4::jsonb[], $5::jsonb[], $6::jsonb[], $7::jsonb[], $8::jsonb[], $9::text[])
    AS u (id, pk, body, security, student, responsibility, contact, staff, trace)
WHERE d.documentpartitionkey = u.pk AND d.id = u.id
