-- A row for each document that is secured by a staff member.
INSERT INTO dms.staffsecurabledocument (staffuniqueid, staffsecurabledocumentid, staffsecurabledocumentpartitionkey)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[])
