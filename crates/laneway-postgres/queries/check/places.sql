-- The hierarchy's rows of organizations ($1): whose documents they name.
SELECT h.educationorganizationid AS organization, h.projectname::text, h.resourcename::text,
    h.documentpartitionkey AS document_partition, h.documentid AS document_id, p.educationorganizationid AS parent
FROM dms.educationorganizationhierarchy h
LEFT JOIN dms.educationorganizationhierarchy p ON p.id = h.parentid
WHERE h.educationorganizationid = ANY ($1)
