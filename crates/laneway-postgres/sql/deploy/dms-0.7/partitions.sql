-- How tables are cut into partitions: one for each value of the key.
CREATE FUNCTION pg_temp.strategy() RETURNS text LANGUAGE sql AS $$ SELECT 'LIST' $$;
CREATE FUNCTION pg_temp.bounds(number int) RETURNS text LANGUAGE sql AS $$ SELECT format('IN (%s)', number) $$;
