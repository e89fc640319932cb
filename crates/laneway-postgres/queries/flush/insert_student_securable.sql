-- A row for each document that is secured by a student.
INSERT INTO dms.studentsecurabledocument (studentuniqueid, studentsecurabledocumentid, studentsecurabledocumentpartitionkey)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[])
