-- The document names a student.
INSERT INTO dms.studentsecurabledocument (studentuniqueid, studentsecurabledocumentid, studentsecurabledocumentpartitionkey)
VALUES ($1, $2, $3)
