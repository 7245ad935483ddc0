-- Extents shrink: where Items that reached the border of a collection's extent went or changed, the collection is
-- doubted, and hayden-api finds out later what its Items cover (stac.settle_extents). Nothing of it makes writers wait.

create table stac.extent_doubt (
    collection integer not null references stac.collection (key) on delete cascade,
    -- Of a collection whose extent has been replaced: whoever wrote while that was done may have reached beyond the new
    -- extent and noted nothing, as it saw the old one. So it is looked at again when they have ended: all transactions
    -- before this one, which is said when the replacement is seen to be committed.
    replaced boolean not null default false,
    ended    xid8
);

create function stac.doubt_extent() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into stac.extent_doubt (collection)
    select g.collection
    from (select i.collection, min(st_xmin(i.geometry)) as west, min(st_ymin(i.geometry)) as south,
                 max(st_xmax(i.geometry)) as east, max(st_ymax(i.geometry)) as north,
                 min(i.datetime) as starts, max(i.end_datetime) as ends
          from gone i where i.archived is null group by i.collection) g
    cross join lateral (select min(e.west) as west, min(e.south) as south, max(e.east) as east, max(e.north) as north,
                               min(e.starts) as starts, max(e.ends) as ends
                        from stac.extent e where e.collection = g.collection) k
    where g.starts <= k.starts or g.ends >= k.ends
       or g.west <= k.west or g.south <= k.south or g.east >= k.east or g.north >= k.north;
    return null;
end
$$;

create trigger doubt_extent_of_removed after delete on stac.item
    referencing old table as gone for each statement execute function stac.doubt_extent();
create trigger doubt_extent_of_changed after update on stac.item
    referencing old table as gone for each statement execute function stac.doubt_extent();

-- What the Items of a collection cover. Of few all are read. Of many the outermost are sought: they are those nearest to
-- the border of the map, which the index on geometry finds without reading the others.
create function stac.extent_of(collection_key integer) returns stac.extent
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    few constant integer := 20000;
    found_items bigint;
    extent stac.extent;
begin
    select collection_key, min(st_xmin(i.geometry)), min(st_ymin(i.geometry)), max(st_xmax(i.geometry)),
           max(st_ymax(i.geometry)), min(i.datetime), max(i.end_datetime), count(*)
    into extent.collection, extent.west, extent.south, extent.east, extent.north, extent.starts, extent.ends, found_items
    from (select geometry, datetime, end_datetime from stac.item
          where collection = collection_key and archived is null order by datetime, id limit few) i;
    if found_items < few then
        return extent;
    end if;
    extent.west = (select st_xmin(i.geometry) from stac.item i
                   where i.collection = collection_key and i.archived is null and i.geometry is not null
                   order by i.geometry <-> 'srid=4326;linestring(-180 -90, -180 90)'::geometry limit 1);
    extent.south = (select st_ymin(i.geometry) from stac.item i
                    where i.collection = collection_key and i.archived is null and i.geometry is not null
                    order by i.geometry <-> 'srid=4326;linestring(-180 -90, 180 -90)'::geometry limit 1);
    extent.east = (select st_xmax(i.geometry) from stac.item i
                   where i.collection = collection_key and i.archived is null and i.geometry is not null
                   order by i.geometry <-> 'srid=4326;linestring(180 -90, 180 90)'::geometry limit 1);
    extent.north = (select st_ymax(i.geometry) from stac.item i
                    where i.collection = collection_key and i.archived is null and i.geometry is not null
                    order by i.geometry <-> 'srid=4326;linestring(-180 90, 180 90)'::geometry limit 1);
    extent.ends = (select max(i.end_datetime) from stac.item i
                   where i.collection = collection_key and i.archived is null
                     and i.datetime >= (select max(l.datetime) from stac.item l
                                        where l.collection = collection_key and l.archived is null)
                                       - (select span from stac.longest_span));
    return extent;
end
$$;

-- Looks at some of the collections that are doubted. Tells how many extents it has replaced.
create function stac.settle_extents() returns integer
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

revoke all on function stac.doubt_extent(), stac.settle_extents() from public;
grant execute on function stac.settle_extents() to agdc_admin;
