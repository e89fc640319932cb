-- Every statement of a flush finds its rows by key; the planner, without statistics, may think that it does not. LOCAL: a
-- pooler hands the connection to others.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_seqscan = off;
SET LOCAL jit = off
