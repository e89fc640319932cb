-- The document names a contact.
INSERT INTO dms.contactsecurabledocument (contactuniqueid, contactsecurabledocumentid, contactsecurabledocumentpartitionkey)
VALUES ($1, $2, $3)
