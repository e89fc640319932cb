-- The document names a staff member.
INSERT INTO dms.staffsecurabledocument (staffuniqueid, staffsecurabledocumentid, staffsecurabledocumentpartitionkey)
VALUES ($1, $2, $3)
