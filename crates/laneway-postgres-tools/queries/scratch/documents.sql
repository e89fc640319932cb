-- What the canonical lines leave out of documents: the whole body, and when and by whom it was last written.
SELECT documentuuid AS uuid, edfidoc::text AS body, lastmodifiedtraceid::text AS trace_id, documentpartitionkey AS partition_key,
    lastmodifiedat <> createdat AS touched
FROM dms.document
ORDER BY documentuuid
