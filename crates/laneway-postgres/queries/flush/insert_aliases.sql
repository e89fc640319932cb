-- In key order: two transactions that insert the same identities wait for each other in one direction only.
INSERT INTO dms.alias (id, referentialpartitionkey, referentialid, documentid, documentpartitionkey)
OVERRIDING SYSTEM VALUE
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::uuid[], $4::bigint[], $5::smallint[])
