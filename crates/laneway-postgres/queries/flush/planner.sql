-- Every statement of a flush finds its rows by key; the planner, without statistics, may think that it does not, and settings of
-- the role must not keep it from it. LOCAL: a pooler hands the connection to others.
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_material = off;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_nestloop = on;
SET LOCAL enable_indexscan = on;
SET LOCAL enable_partition_pruning = on;
SET LOCAL jit = off
