-- Only rows that are there and name another person.
UPDATE dms.staffsecurabledocument s
SET staffuniqueid = u.person
FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS u (person, id, pk)
WHERE s.staffsecurabledocumentid = u.id AND s.staffsecurabledocumentpartitionkey = u.pk AND s.staffuniqueid <> u.person
