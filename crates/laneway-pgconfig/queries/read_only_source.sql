-- Where it is set that transactions are read-only, with the names that a statement needs which mends it.
SELECT source, quote_ident(current_user) AS role, quote_ident(current_database()) AS database
FROM pg_catalog.pg_settings
WHERE name = 'default_transaction_read_only'
