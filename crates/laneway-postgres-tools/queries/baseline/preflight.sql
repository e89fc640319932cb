-- The references that name nothing: those of the distinct ReferentialIds which have no alias.
SELECT r.id
FROM unnest($1::uuid[], $2::smallint[]) AS r (id, key)
LEFT JOIN dms.alias a ON a.referentialpartitionkey = r.key AND a.referentialid = r.id
WHERE a.id IS NULL
