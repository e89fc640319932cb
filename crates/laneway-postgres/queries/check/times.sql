-- When documents ($1, $2) were first and last written, in microseconds.
SELECT k.ordinal, (extract(epoch FROM d.createdat) * 1000000)::bigint AS created,
    (extract(epoch FROM d.lastmodifiedat) * 1000000)::bigint AS modified
FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS k (pk, id, ordinal)
JOIN dms.document d ON d.documentpartitionkey = k.pk AND d.id = k.id
