-- The document with the id, whole, and locked until the end of the transaction.
SELECT d.id, d.documentpartitionkey, d.documentuuid, d.resourcename, d.resourceversion, d.isdescriptor, d.projectname,
    d.edfidoc, d.securityelements, d.studentschoolauthorizationedorgids, d.studentedorgresponsibilityauthorizationids,
    d.contactstudentschoolauthorizationedorgids, d.staffeducationorganizationauthorizationedorgids,
    d.createdat, d.lastmodifiedat, d.lastmodifiedtraceid
FROM dms.document d
WHERE d.documentpartitionkey = $1 AND d.documentuuid = $2
FOR NO KEY UPDATE
