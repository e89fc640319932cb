-- The name under which the server knows the statement that was prepared in this transaction: others, of other clients, were
-- prepared before.
SELECT name FROM pg_prepared_statements WHERE statement = 'SELECT ''prepared through a pooler''' ORDER BY prepare_time DESC LIMIT 1
