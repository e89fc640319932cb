-- New parents of stored organizations: one at a time, since the triggers look at where those above stand.
UPDATE dms.educationorganizationhierarchy h
SET parentid = u.parent
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) AS u (id, pk, parent)
WHERE h.documentid = u.id AND h.documentpartitionkey = u.pk
