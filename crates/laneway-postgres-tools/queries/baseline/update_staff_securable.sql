-- The document names another staff member; where it named none there is no row, and none is added.
UPDATE dms.staffsecurabledocument
SET staffuniqueid = $1
WHERE staffsecurabledocumentid = $2 AND staffsecurabledocumentpartitionkey = $3
