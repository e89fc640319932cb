-- Documents that are secured by a contact, as the arrays that their insert takes, one row a transaction.
SELECT p.chunk, array_agg(s.contactuniqueid::text ORDER BY s.contactsecurabledocumentid),
    array_agg(s.contactsecurabledocumentid ORDER BY s.contactsecurabledocumentid),
    array_agg(s.contactsecurabledocumentpartitionkey ORDER BY s.contactsecurabledocumentid)
FROM dms.contactsecurabledocument s JOIN place p ON p.id = s.contactsecurabledocumentid
GROUP BY p.chunk ORDER BY p.chunk
