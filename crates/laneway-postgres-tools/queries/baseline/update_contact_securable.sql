-- The document names another contact; where it named none there is no row, and none is added.
UPDATE dms.contactsecurabledocument
SET contactuniqueid = $1
WHERE contactsecurabledocumentid = $2 AND contactsecurabledocumentpartitionkey = $3
