-- Only rows that are there and name another person.
UPDATE dms.studentsecurabledocument s
SET studentuniqueid = u.person
FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS u (person, id, pk)
WHERE s.studentsecurabledocumentid = u.id AND s.studentsecurabledocumentpartitionkey = u.pk AND s.studentuniqueid <> u.person
