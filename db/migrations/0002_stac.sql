-- The STAC face (docs/architecture.md). Owned by the login that migrates. Read by agdc_user; written only through the
-- security definer functions below, so that the database decides who may (docs/adr/0002).
create schema stac;

create table stac.collection (
    key        integer generated always as identity primary key,
    id         text collate "C" not null unique,
    content    text not null,              -- the Collection as it goes out, without the service's own links
    etag       text not null,
    dictionary integer,                    -- what new items are compressed with
    created    timestamptz not null default now(),
    updated    timestamptz not null default now()
);

create sequence stac.dictionary_id as integer minvalue 32768; -- zstd reserves the ids below

create table stac.dictionary (
    id         integer primary key,        -- the dictionary id that zstd frames carry
    collection integer not null references stac.collection (key) on delete cascade,
    bytes      bytea not null,
    added      timestamptz not null default now()
);

alter table stac.collection add foreign key (dictionary) references stac.dictionary (id);

-- No foreign key to agdc.dataset, and every unique key holds the id: both let the table be distributed (docs/adr/0002).
create table stac.item (
    collection     integer not null references stac.collection (key),
    id             text collate "C" not null,
    dataset_id     uuid,                   -- agdc.dataset.id; null when the item has no EO3 form
    origin         text not null check (origin in ('stac', 'odc')),
    geometry       geometry(geometry, 4326),
    datetime       timestamptz not null,   -- what items are sorted by: `datetime`, else `start_datetime`
    end_datetime   timestamptz not null,   -- equal to datetime unless the item covers a span
    properties     jsonb not null,
    content        bytea not null,         -- the item as it goes out, a zstd frame
    links_at       integer not null,       -- where in the decompressed item the service's own links go
    etag           text not null,
    created        timestamptz not null default now(),
    updated        timestamptz not null default now(),
    archived       timestamptz,
    primary key (id, collection)
) partition by list (collection);

create table stac.item_default partition of stac.item default;

alter table stac.item_default alter column content set storage external;       -- it is compressed already
alter table stac.item_default alter column properties set compression lz4;
alter table stac.item_default alter column geometry set statistics 500;

create index item_geometry on stac.item using gist (geometry);
create index item_newest on stac.item (datetime, collection, id);
create index item_collection_newest on stac.item (collection, datetime, id);
create index item_dataset on stac.item (dataset_id);

-- The longest span (end_datetime - datetime) ever stored: a search for a time range reads the index on datetime from
-- this much before the range.
create table stac.longest_span (
    only_row boolean primary key default true check (only_row),
    span     interval not null
);
insert into stac.longest_span (span) values ('0');

-- Which ODC products serve a collection (1 : n).
create table stac.collection_product (
    collection   integer not null references stac.collection (key) on delete cascade,
    dataset_type smallint not null unique references agdc.dataset_type (id) on delete cascade,
    primary key (collection, dataset_type)
);

-- Adds a Collection; one that exists is left as it is. Tells its key.
create function stac.ensure_collection(new_id text, new_content text, new_etag text) returns integer
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into stac.collection (id, content, etag) values (new_id, new_content, new_etag) on conflict (id) do nothing;
    select key from stac.collection where id = new_id;
$$;

create function stac.link_product(collection_key integer, product text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into stac.collection_product (collection, dataset_type)
    select collection_key, t.id from agdc.dataset_type t where t.name = product
    on conflict (dataset_type) do nothing;
$$;

-- Makes a dictionary the one that new items of a collection are compressed with, unless it has got one meanwhile.
-- Tells which one holds.
create function stac.adopt_dictionary(collection_key integer, dictionary_id integer, dictionary_bytes bytea)
returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    current_dictionary integer;
begin
    select dictionary into strict current_dictionary from stac.collection where key = collection_key for update;
    if current_dictionary is null then
        insert into stac.dictionary (id, collection, bytes) values (dictionary_id, collection_key, dictionary_bytes);
        update stac.collection set dictionary = dictionary_id where key = collection_key;
        current_dictionary = dictionary_id;
    end if;
    return current_dictionary;
end
$$;

-- Writes the items staged in pg_temp.staged_scene (src/db/scene_writer.cpp). Of two versions of an item the one that
-- was processed last (`created`) stays; the dataset of the other is archived.
create function stac.write_staged(out added bigint, out changed bigint, out unchanged bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    staged bigint;
    concerned uuid[];
begin
    perform hayden.check_stage();
    select count(*) into staged from pg_temp.staged_scene;

    select count(distinct (s.collection, s.item_id)) into added
    from pg_temp.staged_scene s
    where not exists (select from stac.item i where i.id = s.item_id and i.collection = s.collection);

    select array_agg(dataset_id) into concerned
    from (select dataset_id from pg_temp.staged_scene
          union
          select i.dataset_id
          from pg_temp.staged_scene s join stac.item i on i.id = s.item_id and i.collection = s.collection) d;

    with written as (
        insert into stac.item as i (collection, id, dataset_id, origin, geometry, datetime, end_datetime, properties,
                                    content, links_at, etag)
        select distinct on (collection, item_id)
               collection, item_id, dataset_id, 'stac', st_geomfromwkb(geometry, 4326), datetime, end_datetime,
               properties, content, links_at, etag
        from pg_temp.staged_scene
        order by collection, item_id, properties ->> 'created' desc
        on conflict (id, collection) do update
        set dataset_id = excluded.dataset_id, geometry = excluded.geometry, datetime = excluded.datetime,
            end_datetime = excluded.end_datetime, properties = excluded.properties, content = excluded.content,
            links_at = excluded.links_at, etag = excluded.etag, updated = now()
        where i.etag <> excluded.etag
          and coalesce(i.properties ->> 'created', '') <= coalesce(excluded.properties ->> 'created', '')
        returning 1
    )
    select count(*) - added into changed from written;
    unchanged = staged - added - changed;

    update agdc.dataset d set archived = now()
    where d.id = any (concerned) and d.archived is null
      and not exists (select from stac.item i where i.dataset_id = d.id);

    update stac.longest_span l set span = s.span
    from (select max(end_datetime - datetime) as span from pg_temp.staged_scene) s
    where s.span > l.span;
end
$$;

revoke all on function stac.ensure_collection(text, text, text), stac.link_product(integer, text),
    stac.adopt_dictionary(integer, integer, bytea), stac.write_staged() from public;
grant usage on schema stac to agdc_user;
grant select on all tables in schema stac to agdc_user;
grant usage on sequence stac.dictionary_id to agdc_ingest;
grant execute on function stac.ensure_collection(text, text, text), stac.link_product(integer, text) to agdc_manage;
grant execute on function stac.adopt_dictionary(integer, integer, bytea) to agdc_ingest;
grant execute on function stac.write_staged() to agdc_admin;
