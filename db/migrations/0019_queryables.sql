-- Which properties Items have, for /queryables and /sortables, and what an operator says of them.

-- What of an Item's properties has been seen in a collection: written with the Items, never taken back. `type` is
-- jsonb_typeof(). Rows may repeat, so that no writer waits for another one that saw the same.
create table stac.property (
    collection integer not null references stac.collection (key) on delete cascade,
    name       text collate "C" not null,
    type       text not null
);
create index property_collection on stac.property (collection, name, type);
create index property_name on stac.property (name, type);

create table stac.queryable (
    name  text collate "C" primary key,
    type  text not null check (type in ('any', 'text', 'number', 'integer', 'boolean', 'timestamp', 'date', 'array', 'object')),
    title text not null default '',
    added timestamptz not null default now()
);

-- Only Items with a property that is new to their collection are looked at one value at a time, and one Item of each
-- statement, for the types.
create function stac.note_properties() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into stac.property (collection, name, type)
    with known as materialized (
        select p.collection, array_agg(distinct p.name) as names
        from stac.property p where p.collection in (select c.collection from changed c) group by p.collection
    ), telling as (
        select i.collection, i.properties from changed i left join known k on k.collection = i.collection
        where k.names is null or i.properties - k.names <> '{}'
        union all
        (select distinct on (i.collection) i.collection, i.properties from changed i)
    )
    select n.collection, n.name, n.type
    from (select distinct t.collection, p.key as name, jsonb_typeof(p.value) as type
          from telling t cross join jsonb_each(t.properties) p) n
    where not exists (select from stac.property k
                      where k.collection = n.collection and k.name = n.name and k.type = n.type);
    return null;
end
$$;

create trigger note_properties_of_new after insert on stac.item
    referencing new table as changed for each statement execute function stac.note_properties();
create trigger note_properties_of_changed after update on stac.item
    referencing new table as changed for each statement execute function stac.note_properties();

-- All properties of Items, or those of one collection, and what has been said of them: `types` of what is stored, `said` by
-- an operator. Names are found one by one in the index, as many collections repeat them.
create function stac.properties(of_collection integer) returns table (name text, types text[], said text, title text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with recursive stored (name) as (
        (select p.name from stac.property p where of_collection is null order by p.name limit 1)
        union all
        select (select p.name from stac.property p where p.name > s.name order by p.name limit 1)
        from stored s where s.name is not null
    ), named (name, types) as (
        select s.name, array(select t from unnest(array['array', 'boolean', 'number', 'object', 'string']) t
                             where exists (select from stac.property p where p.name = s.name and p.type = t))
        from stored s where s.name is not null
        union all
        select p.name, array_agg(distinct p.type) from stac.property p
        where p.collection = of_collection and p.type <> 'null' group by p.name
    )
    select coalesce(n.name, q.name), coalesce(n.types, '{}'), q.type, coalesce(q.title, '')
    from (select * from named where types <> '{}') n full join stac.queryable q on q.name = n.name
    where of_collection is null or n.name is not null
    order by 1;
$$;

-- How the values of a property are ordered, in the words of src/db/order_sql.cpp.
create function stac.property_expression(name text, type text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select case when type in ('number', 'integer') then format('(stac.number_of(properties -> %L))', name)
                when type = 'text' then format('(left(stac.text_of(properties -> %L), 256)) collate "C"', name)
                when type in ('timestamp', 'date') then format('(stac.time_start(properties -> %L))', name)
                else format('(stac.scalar_of(properties -> %L))', name) end;
$$;

-- The index on a property for each partition of stac.item, with what there is of it: its name tells property and type.
create function stac.property_indexes(name text, type text)
returns table (partition text, index_name text, statement text, present boolean, valid boolean)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with named as (
        select c.oid, c.relname, left(c.relname, 40) || '_' || left(md5(
                   case when type = 'integer' then 'number' when type = 'date' then 'timestamp'
                        when type = 'boolean' then 'any' else type end || ':' || name), 10) as index_name
        from pg_partition_tree('stac.item') t join pg_class c on c.oid = t.relid where t.isleaf
    )
    select format('stac.%I', n.relname), format('stac.%I', n.index_name),
           format('create index concurrently if not exists %I on stac.%I (%s, collection, id)', n.index_name, n.relname,
                  stac.property_expression(name, type)),
           x.indexrelid is not null, coalesce(x.indisvalid, false)
    from named n
    left join pg_class i on i.relname = n.index_name and i.relnamespace = 'stac'::regnamespace
    left join pg_index x on x.indexrelid = i.oid;
$$;

revoke all on function stac.note_properties() from public;
grant select on stac.property, stac.queryable to agdc_user;
