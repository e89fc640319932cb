-- Deletes one document, as a recorded sequence does between its upserts; keys take the rest along.
DELETE FROM dms.document WHERE documentpartitionkey = $1 AND documentuuid = $2
