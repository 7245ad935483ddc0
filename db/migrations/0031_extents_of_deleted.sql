-- As in 0027, but a collection that is being deleted is left alone: the deletion takes extents before doubts, this function
-- doubts before extents, and one of them ended in a deadlock.
create or replace function stac.settle_extents() returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    most_at_once constant integer := 10;
    doubted integer;
    doubts tid[];
    noted tid[];
    was stac.extent;
    now_is stac.extent;
    replacements integer := 0;
begin
    update stac.extent_doubt set ended = pg_snapshot_xmax(pg_current_snapshot()) where replaced and ended is null;
    for doubted in
        select d.collection from stac.extent_doubt d
        group by d.collection
        having bool_and(not d.replaced or d.ended <= pg_snapshot_xmin(pg_current_snapshot()))
        limit most_at_once
    loop
        perform from stac.collection c where c.key = doubted for key share skip locked;
        continue when not found;
        -- First what is said, then what is true: what others say meanwhile stays.
        doubts = array(select d.ctid from stac.extent_doubt d where d.collection = doubted);
        noted = array(select e.ctid from stac.extent e where e.collection = doubted);
        select doubted, min(e.west), min(e.south), max(e.east), max(e.north), min(e.starts), max(e.ends)
        into was from stac.extent e where e.collection = doubted and e.ctid = any (noted);
        now_is = stac.extent_of(doubted);
        delete from stac.extent_doubt d where d.collection = doubted and d.ctid = any (doubts);
        if now_is is distinct from was then
            delete from stac.extent e where e.collection = doubted and e.ctid = any (noted);
            insert into stac.extent select now_is.* where now_is.starts is not null;
            insert into stac.extent_doubt (collection, replaced) values (doubted, true);
            replacements = replacements + 1;
        end if;
    end loop;
    return replacements;
end
$$;
