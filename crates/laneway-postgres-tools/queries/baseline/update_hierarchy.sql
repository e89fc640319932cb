-- An organization's parent.
UPDATE dms.educationorganizationhierarchy
SET parentid = (SELECT id FROM dms.educationorganizationhierarchy WHERE educationorganizationid = $4)
WHERE projectname = $1 AND resourcename = $2 AND educationorganizationid = $3
