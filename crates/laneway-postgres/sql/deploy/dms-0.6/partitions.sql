-- How tables are cut into partitions: by the key's hash, so that one may hold the rows of several keys and others none.
CREATE FUNCTION pg_temp.strategy() RETURNS text LANGUAGE sql AS $$ SELECT 'HASH' $$;
CREATE FUNCTION pg_temp.bounds(number int) RETURNS text LANGUAGE sql AS $$
    SELECT format('WITH (MODULUS 16, REMAINDER %s)', number)
$$;
