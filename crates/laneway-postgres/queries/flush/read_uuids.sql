-- Which of the candidate DocumentUuids ($1, $2) are taken.
SELECT u.ordinal
FROM unnest($1::smallint[], $2::uuid[]) WITH ORDINALITY AS u (pk, uuid, ordinal)
JOIN dms.document d ON d.documentpartitionkey = u.pk AND d.documentuuid = u.uuid
