-- What the other files use: things are added where they are missing, and what was added is written down.
-- Everything here is the session's own and goes with it.
CREATE TEMP TABLE laneway_added (number int GENERATED ALWAYS AS IDENTITY, what text NOT NULL) ON COMMIT DROP;

-- Makes a table with 16 partitions, which are cut as the release's `partitions.sql` says.
CREATE FUNCTION pg_temp.add_partitioned(target text, key text, columns text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE dms.%I (%s) PARTITION BY %s (%I)', target, columns, pg_temp.strategy(), key);
    FOR number IN 0..15 LOOP
        EXECUTE format('CREATE TABLE dms.%I PARTITION OF dms.%I FOR VALUES %s',
            target || '_' || to_char(number, 'FM00'), target, pg_temp.bounds(number));
    END LOOP;
END $$;

-- Adds a constraint, unless the table has one of that name, one that says the same, or (for a primary key) any.
CREATE FUNCTION pg_temp.add_constraint(target text, name text, definition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint c
        WHERE c.conrelid = ('dms.' || target)::regclass
          AND (c.conname = name
               OR pg_get_constraintdef(c.oid) = definition
               OR c.contype = 'p' AND definition LIKE 'PRIMARY KEY%')
    ) THEN
        RETURN;
    END IF;
    EXECUTE format('ALTER TABLE dms.%I ADD CONSTRAINT %I %s', target, name, definition);
    INSERT INTO laneway_added (what) VALUES ('constraint ' || name);
END $$;

-- Adds an index, unless the schema has something of that name.
CREATE FUNCTION pg_temp.add_index(target text, name text, definition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass(format('dms.%I', name)) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Names that begin so are unique throughout.
    EXECUTE format('CREATE %s INDEX %I ON dms.%I USING %s',
        CASE WHEN name LIKE 'ux\_%' THEN 'UNIQUE' ELSE '' END, name, target, definition);
    INSERT INTO laneway_added (what) VALUES ('index ' || name);
END $$;

-- Notes what a file has added by itself.
CREATE FUNCTION pg_temp.added(what text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO laneway_added (what) VALUES (what);
$$;
