-- When an association was last written again whose own array a move to another person has left null, in microseconds: school
-- associations and responsibility associations; null: never.
SELECT
    (SELECT (extract(epoch FROM max(d.lastmodifiedat)) * 1000000)::bigint
     FROM dms.document d
     WHERE d.projectname = 'Ed-Fi' AND d.resourcename = 'StudentSchoolAssociation'
        AND d.lastmodifiedat > d.createdat AND d.studentschoolauthorizationedorgids IS NULL) AS school,
    (SELECT (extract(epoch FROM max(d.lastmodifiedat)) * 1000000)::bigint
     FROM dms.document d
     WHERE d.projectname = 'Ed-Fi' AND d.resourcename = 'StudentEducationOrganizationResponsibilityAssociation'
        AND d.lastmodifiedat > d.createdat AND d.studentedorgresponsibilityauthorizationids IS NULL) AS responsibility
