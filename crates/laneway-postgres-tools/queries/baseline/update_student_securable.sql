-- The document names another student; where it named none there is no row, and none is added.
UPDATE dms.studentsecurabledocument
SET studentuniqueid = $1
WHERE studentsecurabledocumentid = $2 AND studentsecurabledocumentpartitionkey = $3
