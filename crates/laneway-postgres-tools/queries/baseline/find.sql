-- The document whose alias is the ReferentialId, whole, and locked until the end of the transaction.
SELECT d.id, d.documentpartitionkey, d.documentuuid, d.resourcename, d.resourceversion, d.isdescriptor, d.projectname,
    d.edfidoc, d.securityelements, d.studentschoolauthorizationedorgids, d.studentedorgresponsibilityauthorizationids,
    d.contactstudentschoolauthorizationedorgids, d.staffeducationorganizationauthorizationedorgids,
    d.createdat, d.lastmodifiedat, d.lastmodifiedtraceid
FROM dms.document d
INNER JOIN dms.alias a ON a.documentpartitionkey = d.documentpartitionkey AND a.documentid = d.id
WHERE a.referentialpartitionkey = $1 AND a.referentialid = $2
FOR NO KEY UPDATE
