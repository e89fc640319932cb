-- Every statement of a flush finds its rows by key; the planner, without statistics, may think that it does not.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_seqscan = off;
SET jit = off;
