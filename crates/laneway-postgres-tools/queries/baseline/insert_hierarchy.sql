-- An organization's row, under its parent where that is known.
INSERT INTO dms.educationorganizationhierarchy (
    projectname, resourcename, educationorganizationid, parentid, documentid, documentpartitionkey)
VALUES ($1, $2, $3, (SELECT id FROM dms.educationorganizationhierarchy WHERE educationorganizationid = $4), $5, $6)
