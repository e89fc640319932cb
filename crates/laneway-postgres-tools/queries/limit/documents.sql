-- Final rows of Document as the arrays that `inserts::DOCUMENTS` takes, one row a transaction.
SELECT p.chunk, array_agg(d.id ORDER BY d.id), array_agg(d.documentpartitionkey ORDER BY d.id),
    array_agg(d.documentuuid ORDER BY d.id), array_agg(d.resourcename::text ORDER BY d.id),
    array_agg(d.resourceversion::text ORDER BY d.id), array_agg(d.isdescriptor ORDER BY d.id),
    array_agg(d.projectname::text ORDER BY d.id), array_agg(d.edfidoc::text ORDER BY d.id),
    array_agg(d.securityelements ORDER BY d.id), array_agg(d.studentschoolauthorizationedorgids ORDER BY d.id),
    array_agg(d.studentedorgresponsibilityauthorizationids ORDER BY d.id),
    array_agg(d.contactstudentschoolauthorizationedorgids ORDER BY d.id),
    array_agg(d.staffeducationorganizationauthorizationedorgids ORDER BY d.id),
    array_agg(d.lastmodifiedtraceid::text ORDER BY d.id), array_agg(d.lastmodifiedat <> d.createdat ORDER BY d.id)
FROM dms.document d JOIN place p ON p.id = d.id
GROUP BY p.chunk ORDER BY p.chunk
