-- Documents ($2) of a partition ($1), with the times of their first and last write in microseconds, and the two sides of an
-- association as its triggers read them, whatever a schema says.
SELECT d.id, d.documentuuid, d.projectname::text, d.resourcename::text, d.isdescriptor, d.edfidoc::text AS body,
    d.edfidoc ->> 'id' AS id_in_body, d.securityelements::text AS security,
    d.studentschoolauthorizationedorgids::text AS student,
    d.studentedorgresponsibilityauthorizationids::text AS responsibility,
    d.contactstudentschoolauthorizationedorgids::text AS contact,
    d.staffeducationorganizationauthorizationedorgids::text AS staff,
    d.edfidoc #>> sides.person AS associated_person, d.edfidoc #>> sides.other AS associated_other,
    (extract(epoch FROM d.createdat) * 1000000)::bigint AS created,
    (extract(epoch FROM d.lastmodifiedat) * 1000000)::bigint AS modified
FROM unnest($2::bigint[]) AS k (id)
JOIN dms.document d ON d.documentpartitionkey = $1 AND d.id = k.id
LEFT JOIN (VALUES
    ('StudentSchoolAssociation', '{studentReference,studentUniqueId}'::text[], '{schoolReference,schoolId}'::text[]),
    ('StudentContactAssociation', '{studentReference,studentUniqueId}', '{contactReference,contactUniqueId}'),
    ('StudentEducationOrganizationResponsibilityAssociation', '{studentReference,studentUniqueId}',
        '{educationOrganizationReference,educationOrganizationId}'),
    ('StaffEducationOrganizationEmploymentAssociation', '{staffReference,staffUniqueId}',
        '{educationOrganizationReference,educationOrganizationId}'),
    ('StaffEducationOrganizationAssignmentAssociation', '{staffReference,staffUniqueId}',
        '{educationOrganizationReference,educationOrganizationId}')
) AS sides (resource, person, other) ON d.projectname = 'Ed-Fi' AND d.resourcename = sides.resource
ORDER BY d.id
