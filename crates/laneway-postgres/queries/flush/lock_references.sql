-- Locks the aliases that the given references lead to, as the foreign keys of new reference rows do. Asked only to find out
-- who holds them: a flush leaves it to its inserts.
SELECT a.id
FROM unnest($1::smallint[], $2::uuid[]) AS i (pk, rid)
JOIN dms.alias a ON a.referentialpartitionkey = i.pk AND a.referentialid = i.rid
FOR KEY SHARE OF a
