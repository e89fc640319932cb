-- In batch order: parents first, since the triggers append a child to what stands above it.
INSERT INTO dms.educationorganizationhierarchy
    (id, projectname, resourcename, educationorganizationid, parentid, documentid, documentpartitionkey)
OVERRIDING SYSTEM VALUE
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::smallint[])
