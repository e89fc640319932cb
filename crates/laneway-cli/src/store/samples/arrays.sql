-- The authorization arrays of the documents of one student with the most documents.
WITH student AS (
    SELECT s.studentuniqueid AS id FROM dms.studentsecurabledocument s
    JOIN dms.studentschoolassociationauthorization a USING (studentuniqueid)
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
)
SELECT format('%s of student %s', d.resourcename, student.id),
    coalesce(d.studentschoolauthorizationedorgids::text, 'null')
FROM student
JOIN dms.studentsecurabledocument s ON s.studentuniqueid = student.id
JOIN dms.document d ON (d.documentpartitionkey, d.id) = (s.studentsecurabledocumentpartitionkey, s.studentsecurabledocumentid)
ORDER BY d.resourcename, d.id LIMIT 5;
