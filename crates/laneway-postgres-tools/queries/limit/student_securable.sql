-- Documents that are secured by a student, as the arrays that their insert takes, one row a transaction.
SELECT p.chunk, array_agg(s.studentuniqueid::text ORDER BY s.studentsecurabledocumentid),
    array_agg(s.studentsecurabledocumentid ORDER BY s.studentsecurabledocumentid),
    array_agg(s.studentsecurabledocumentpartitionkey ORDER BY s.studentsecurabledocumentid)
FROM dms.studentsecurabledocument s JOIN place p ON p.id = s.studentsecurabledocumentid
GROUP BY p.chunk ORDER BY p.chunk
