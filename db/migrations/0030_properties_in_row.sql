-- Properties stay in the row where it fits a page. A filter reads them of every row that it looks at, and where they lay beside
-- the table that took nine pages for a row instead of one. Items that are there move when they are written next, or all at once
-- by `vacuum full`.
do $$
declare
    partition regclass;
begin
    for partition in select relid from pg_partition_tree('stac.item') where isleaf loop
        execute format('alter table %s set (toast_tuple_target = 8160)', partition);
    end loop;
end
$$;
