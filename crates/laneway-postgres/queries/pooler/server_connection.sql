-- Which of the server's connections serves this session, by what no other has, on other servers either. A
-- transaction of this kind: what spreads reads over servers sends it to the one that takes writes. The role's own timeout is
-- meant for what it does otherwise.
BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE;
SET LOCAL statement_timeout = '10s';
SELECT pid || ' since ' || backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid();
COMMIT
