-- Documents ($2) of a partition ($1), with the times of their first and last write in microseconds.
SELECT d.id, d.documentuuid, d.projectname::text, d.resourcename::text, d.isdescriptor, d.edfidoc::text AS body,
    d.edfidoc ->> 'id' AS id_in_body, d.securityelements::text AS security,
    d.studentschoolauthorizationedorgids::text AS student,
    d.studentedorgresponsibilityauthorizationids::text AS responsibility,
    d.contactstudentschoolauthorizationedorgids::text AS contact,
    d.staffeducationorganizationauthorizationedorgids::text AS staff,
    (extract(epoch FROM d.createdat) * 1000000)::bigint AS created,
    (extract(epoch FROM d.lastmodifiedat) * 1000000)::bigint AS modified
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.document d ON d.documentpartitionkey = $1 AND d.id = k.id
ORDER BY d.id
