-- Which transaction (DOCUMENTS each, in the order of their ids) each document goes into: nothing refers to a later one, but
-- for the members of a cycle.
CREATE TEMP TABLE place AS
SELECT id, (row_number() OVER (ORDER BY id) - 1) / DOCUMENTS AS chunk FROM dms.document;
CREATE UNIQUE INDEX ON place (id);
ANALYZE place
