-- A document and its alias.
WITH inserted AS (
    INSERT INTO dms.document (
        documentpartitionkey, documentuuid, resourcename, resourceversion, isdescriptor, projectname, edfidoc,
        securityelements, studentschoolauthorizationedorgids, studentedorgresponsibilityauthorizationids,
        contactstudentschoolauthorizationedorgids, staffeducationorganizationauthorizationedorgids, lastmodifiedtraceid,
        createdat, lastmodifiedat)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
    RETURNING id
), named AS (
    INSERT INTO dms.alias (referentialpartitionkey, referentialid, documentid, documentpartitionkey)
    SELECT $14, $15, inserted.id, $1 FROM inserted
)
SELECT id FROM inserted
