-- The rows that a batch of scenes concerns are looked up by their keys. The planner takes a stage, which has no statistics and
-- wide rows, for many thousands of scenes, and from some hundred thousand Items on it read whole indexes for each batch of 500:
-- a crawl took time by the product of what it wrote and what was there.
alter function stac.write_staged() set enable_hashjoin = off;
alter function stac.write_staged() set enable_mergejoin = off;
alter function hayden.mark_staged() set enable_hashjoin = off;
alter function hayden.mark_staged() set enable_mergejoin = off;
alter function hayden.archive_superseded() set enable_hashjoin = off;
alter function hayden.archive_superseded() set enable_mergejoin = off;
