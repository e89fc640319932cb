-- What an update changes of a document.
UPDATE dms.document
SET edfidoc = $3,
    securityelements = $4,
    studentschoolauthorizationedorgids = $5,
    studentedorgresponsibilityauthorizationids = $6,
    contactstudentschoolauthorizationedorgids = $7,
    staffeducationorganizationauthorizationedorgids = $8,
    lastmodifiedat = clock_timestamp() AT TIME ZONE 'UTC',
    lastmodifiedtraceid = $9
WHERE documentpartitionkey = $1 AND documentuuid = $2
