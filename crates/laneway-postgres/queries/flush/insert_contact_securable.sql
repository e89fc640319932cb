-- A row for each document that is secured by a contact.
INSERT INTO dms.contactsecurabledocument (contactuniqueid, contactsecurabledocumentid, contactsecurabledocumentpartitionkey)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[])
