-- In batch order: of several staff associations of one person the last one's ancestors stay.
INSERT INTO dms.document
    (id, documentpartitionkey, documentuuid, resourcename, resourceversion, isdescriptor, projectname,
     edfidoc, securityelements, studentschoolauthorizationedorgids, studentedorgresponsibilityauthorizationids,
     contactstudentschoolauthorizationedorgids, staffeducationorganizationauthorizationedorgids, lastmodifiedtraceid,
     createdat, lastmodifiedat)
OVERRIDING SYSTEM VALUE
-- Bodies are cast row by row: an array of jsonb takes the server many times their bytes of memory, and more time.
-- The columns have no time zone, and their defaults would take the session's. One that was inserted and replaced in one
-- transaction has been modified since it was created.
SELECT u.id, u.pk, u.uuid, u.resource, u.version, u.is_descriptor, u.project,
    u.body::jsonb, u.security, u.student, u.responsibility, u.contact, u.staff, u.trace,
    now() AT TIME ZONE 'UTC', CASE WHEN u.is_replaced THEN clock_timestamp() ELSE now() END AT TIME ZONE 'UTC'
FROM unnest(
    $1::bigint[], $2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::text[],
    $8::text[], $9::jsonb[], $10::jsonb[], $11::jsonb[], $12::jsonb[], $13::jsonb[], $14::text[],
    $15::boolean[])
    AS u (id, pk, uuid, resource, version, is_descriptor, project,
        body, security, student, responsibility, contact, staff, trace, is_replaced)
