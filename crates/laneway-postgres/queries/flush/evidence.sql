-- Whether a row of a batch is there: an inserted document ($1, $2), or one that the batch was the last to update ($3..$5). Its
-- transaction's number ($6) tells the latter from an earlier write with the same trace id; its trace id from another transaction
-- that got the number after a crash.
SELECT EXISTS (
    SELECT 1 FROM unnest($1::smallint[], $2::uuid[]) AS i (pk, uuid)
    JOIN dms.document d ON d.documentpartitionkey = i.pk AND d.documentuuid = i.uuid
) OR EXISTS (
    SELECT 1 FROM unnest($3::smallint[], $4::uuid[], $5::text[]) AS u (pk, uuid, trace)
    JOIN dms.document d ON d.documentpartitionkey = u.pk AND d.documentuuid = u.uuid AND d.lastmodifiedtraceid = u.trace
        -- Rows hold the number's last 32 bits.
        AND d.xmin::text::bigint = ($6::bigint & 4294967295)
)
