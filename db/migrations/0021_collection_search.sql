-- Where and when the Items of a collection are, and the words that collections are found by.

-- Written with the Items, whenever they reach beyond what is noted; the extent of a collection is what its rows cover. No
-- row is ever changed, so that writers do not wait for each other.
create table stac.extent (
    collection integer not null references stac.collection (key) on delete cascade,
    west double precision, south double precision, east double precision, north double precision,
    starts timestamptz not null,
    ends   timestamptz not null
);
create index extent_collection on stac.extent (collection);

create function stac.note_extent() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    most_rows constant integer := 100;
    crowded integer;
begin
    insert into stac.extent (collection, west, south, east, north, starts, ends)
    select n.*
    from (select i.collection, min(st_xmin(i.geometry)) as west, min(st_ymin(i.geometry)) as south,
                 max(st_xmax(i.geometry)) as east, max(st_ymax(i.geometry)) as north,
                 min(i.datetime) as starts, max(i.end_datetime) as ends
          from changed i where i.archived is null group by i.collection) n
    left join lateral (select min(e.west) as west, min(e.south) as south, max(e.east) as east, max(e.north) as north,
                              min(e.starts) as starts, max(e.ends) as ends
                       from stac.extent e where e.collection = n.collection) k on true
    where k.starts is null or n.starts < k.starts or n.ends > k.ends or n.west is not null and k.west is null
       or n.west < k.west or n.south < k.south or n.east > k.east or n.north > k.north;
    if not found then
        return null;
    end if;
    -- Many rows become one. Those that another writer is merging are left to it.
    for crowded in
        select e.collection from stac.extent e
        where e.collection in (select c.collection from changed c) group by e.collection having count(*) > most_rows
    loop
        with merged as (
            delete from stac.extent e
            where e.ctid = any (array(select o.ctid from stac.extent o where o.collection = crowded for update skip locked))
            returning e.*
        )
        insert into stac.extent (collection, west, south, east, north, starts, ends)
        select crowded, min(west), min(south), max(east), max(north), min(starts), max(ends) from merged
        having count(*) > 0;
    end loop;
    return null;
end
$$;

create trigger note_extent_of_new after insert on stac.item
    referencing new table as changed for each statement execute function stac.note_extent();
create trigger note_extent_of_changed after update on stac.item
    referencing new table as changed for each statement execute function stac.note_extent();

-- What a search of collections looks at: their own words, and the extent they declare.
create table stac.collection_search (
    collection integer primary key references stac.collection (key) on delete cascade,
    title text collate "C" not null,
    words tsvector not null,
    west double precision, south double precision, east double precision, north double precision,
    starts timestamptz,
    ends   timestamptz
);
create index collection_words on stac.collection_search using gin (words);

create function stac.describe_collection(of_id text, document jsonb, out title text, out words tsvector,
                                         out west double precision, out south double precision,
                                         out east double precision, out north double precision,
                                         out starts timestamptz, out ends timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with bbox (numbers) as (
        select array(select stac.number_of(n)::double precision
                     from jsonb_array_elements(case when jsonb_typeof(document #> '{extent,spatial,bbox,0}') = 'array'
                                                    then document #> '{extent,spatial,bbox,0}' else '[]' end) n)
    )
    select coalesce(stac.text_of(document -> 'title'), of_id),
           to_tsvector('simple', concat_ws(' ', of_id, stac.text_of(document -> 'title'), stac.text_of(document -> 'description'),
               (select string_agg(k #>> '{}', ' ') from jsonb_path_query(document, 'lax $.keywords[*]') k),
               (select string_agg(p #>> '{}', ' ') from jsonb_path_query(document, 'lax $.providers[*].name') p))),
           numbers[1], numbers[2], numbers[1 + cardinality(numbers) / 2], numbers[2 + cardinality(numbers) / 2],
           stac.time_start(document #> '{extent,temporal,interval,0,0}'),
           stac.time_start(document #> '{extent,temporal,interval,0,1}')
    from bbox;
$$;

create function stac.note_collection() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from stac.collection_search where collection = new.key;
    insert into stac.collection_search
    select new.key, d.* from stac.describe_collection(new.id, new.content::jsonb) d;
    return null;
end
$$;

create trigger note_collection after insert or update of id, content on stac.collection
    for each row execute function stac.note_collection();

insert into stac.collection_search
select c.key, d.* from stac.collection c cross join lateral stac.describe_collection(c.id, c.content::jsonb) d;

revoke all on function stac.note_extent(), stac.note_collection() from public;
grant select on stac.extent, stac.collection_search to agdc_user;
