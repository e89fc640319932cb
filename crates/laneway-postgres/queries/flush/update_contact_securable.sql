-- Only rows that are there and name another person.
UPDATE dms.contactsecurabledocument s
SET contactuniqueid = u.person
FROM unnest($1::text[], $2::bigint[], $3::smallint[]) AS u (person, id, pk)
WHERE s.contactsecurabledocumentid = u.id AND s.contactsecurabledocumentpartitionkey = u.pk AND s.contactuniqueid <> u.person
