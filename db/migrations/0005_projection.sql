-- Whatever is written to schema agdc appears in schema stac (docs/odc.md, "Projection"). Triggers enqueue what has changed;
-- db::Projector derives the Items and takes the entries out of the queue in the transaction that writes them.
--
-- The triggers never raise: an index that refuses what ODC would take is none. What fails in one never costs the entry of
-- the queue. Adders of datasets wait for each other only while they commit, as all do who notify.

-- Functions of the owner look into schema public, where PostGIS lives: before PostgreSQL 15 anybody could put others there.
do $$
begin
    revoke create on schema public from public;
exception when insufficient_privilege then
    null;
end
$$;

-- What these take is not checked any further, so they are for Hayden's own programs, which become agdc_admin.
revoke execute on function stac.ensure_collection(text, text, text), stac.link_product(integer, text) from agdc_manage;
revoke execute on function stac.adopt_dictionary(integer, integer, bytea) from agdc_ingest;
grant execute on function stac.ensure_collection(text, text, text), stac.link_product(integer, text),
    stac.adopt_dictionary(integer, integer, bytea) to agdc_admin;

alter table stac.collection add column origin text not null default 'stac' check (origin in ('stac', 'odc'));

-- An entry is of a dataset or of a product (dataset_type).
alter table hayden.outbox alter column dataset_id drop not null;
alter table hayden.outbox add column dataset_type smallint;
alter table hayden.outbox add check (num_nonnulls(dataset_id, dataset_type) = 1);
create index outbox_dataset on hayden.outbox (dataset_id) where dataset_id is not null;
create index outbox_product on hayden.outbox (dataset_type) where dataset_type is not null;
-- Its rows live for a second: without this, scans of its start would read more dead ones than live ones.
alter table hayden.outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- A scene that has no EO3 form has no dataset.
alter table hayden.harvest_mark alter column dataset_id drop not null;

-- How far `hayden-admin rebuild` of a scope has come.
create table hayden.rebuild (
    scope    text primary key,
    position uuid not null,
    started  timestamptz not null default now()
);

-- The triggers -------------------------------------------------------------------------------------------------------

create function hayden.announce() returns void
language sql set search_path = pg_catalog, pg_temp as $$
    select pg_notify('hayden_outbox', '');
$$;

create function hayden.dataset_inserted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into hayden.outbox (dataset_id) select id from changed;
    if found then
        perform hayden.announce();
    end if;
    return null;
exception when others then
    raise warning 'hayden: %', sqlerrm;
    return null;
end
$$;

-- Only what an Item shows counts: `updated` moves with every statement. Archived and restored datasets show so at once.
create function hayden.dataset_updated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    begin
        insert into hayden.outbox (dataset_id)
        select coalesce(c.id, b.id)
        from before b full join changed c on c.id = b.id
        where c.id is null or b.id is null or c.metadata is distinct from b.metadata
           or c.dataset_type_ref <> b.dataset_type_ref or c.archived is distinct from b.archived;
        if not found then
            return null;
        end if;
        perform hayden.announce();
    exception when others then
        raise warning 'hayden: %', sqlerrm;
    end;
    begin
        update stac.item i set archived = c.archived
        from before b join changed c on c.id = b.id
        where c.archived is distinct from b.archived and i.dataset_id = c.id and i.archived is distinct from c.archived;
    exception when others then
        raise warning 'hayden: %', sqlerrm;
    end;
    return null;
end
$$;

create function hayden.dataset_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    begin
        insert into hayden.outbox (dataset_id) select id from changed;
        if not found then
            return null;
        end if;
        perform hayden.announce();
    exception when others then
        raise warning 'hayden: %', sqlerrm;
    end;
    begin
        delete from stac.item i using changed c where i.dataset_id = c.id;
        delete from hayden.projection_error e using changed c where e.dataset_id = c.id;
    exception when others then
        raise warning 'hayden: %', sqlerrm;
    end;
    return null;
end
$$;

create function hayden.datasets_truncated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from stac.item where dataset_id is not null;
    delete from hayden.projection_error;
    delete from hayden.outbox where dataset_id is not null;
    return null;
exception when others then
    raise warning 'hayden: %', sqlerrm;
    return null;
end
$$;

-- Of dataset_location and dataset_source.
create function hayden.dataset_part_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' then
        insert into hayden.outbox (dataset_id) select dataset_ref from before union select dataset_ref from changed;
    else
        insert into hayden.outbox (dataset_id) select distinct dataset_ref from changed;
    end if;
    if found then
        perform hayden.announce();
    end if;
    return null;
exception when others then
    raise warning 'hayden: %', sqlerrm;
    return null;
end
$$;

create function hayden.dataset_parts_truncated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into hayden.outbox (dataset_id) select id from agdc.dataset;
    perform hayden.announce();
    return null;
exception when others then
    raise warning 'hayden: %', sqlerrm;
    return null;
end
$$;

create function hayden.product_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into hayden.outbox (dataset_type) select id from changed;
    if found then
        perform hayden.announce();
    end if;
    return null;
exception when others then
    raise warning 'hayden: %', sqlerrm;
    return null;
end
$$;

-- A Collection that came with its product goes with it.
create function hayden.remove_empty_collections() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    removed bigint;
begin
    delete from stac.collection c
    where c.origin = 'odc' and not exists (select from stac.collection_product p where p.collection = c.key)
      and not exists (select from stac.item i where i.collection = c.key);
    get diagnostics removed = row_count;
    return removed;
end
$$;

create function hayden.product_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.remove_empty_collections();
    return null;
exception when others then
    raise warning 'hayden: %', sqlerrm;
    return null;
end
$$;

revoke all on function hayden.announce(), hayden.dataset_inserted(), hayden.dataset_updated(), hayden.dataset_deleted(),
    hayden.datasets_truncated(), hayden.dataset_part_changed(), hayden.dataset_parts_truncated(), hayden.product_changed(),
    hayden.remove_empty_collections(), hayden.product_deleted() from public;

create trigger projection_insert after insert on agdc.dataset
    referencing new table as changed for each statement execute function hayden.dataset_inserted();
create trigger projection_update after update on agdc.dataset
    referencing old table as before new table as changed for each statement execute function hayden.dataset_updated();
create trigger projection_delete after delete on agdc.dataset
    referencing old table as changed for each statement execute function hayden.dataset_deleted();
create trigger projection_truncate after truncate on agdc.dataset
    for each statement execute function hayden.datasets_truncated();

create trigger projection_insert after insert on agdc.dataset_location
    referencing new table as changed for each statement execute function hayden.dataset_part_changed();
create trigger projection_update after update on agdc.dataset_location
    referencing old table as before new table as changed for each statement execute function hayden.dataset_part_changed();
create trigger projection_delete after delete on agdc.dataset_location
    referencing old table as changed for each statement execute function hayden.dataset_part_changed();
create trigger projection_truncate after truncate on agdc.dataset_location
    for each statement execute function hayden.dataset_parts_truncated();

create trigger projection_insert after insert on agdc.dataset_source
    referencing new table as changed for each statement execute function hayden.dataset_part_changed();
create trigger projection_update after update on agdc.dataset_source
    referencing old table as before new table as changed for each statement execute function hayden.dataset_part_changed();
create trigger projection_delete after delete on agdc.dataset_source
    referencing old table as changed for each statement execute function hayden.dataset_part_changed();
create trigger projection_truncate after truncate on agdc.dataset_source
    for each statement execute function hayden.dataset_parts_truncated();

create trigger projection_insert after insert on agdc.dataset_type
    referencing new table as changed for each statement execute function hayden.product_changed();
create trigger projection_update after update on agdc.dataset_type
    referencing new table as changed for each statement execute function hayden.product_changed();
create trigger projection_delete after delete on agdc.dataset_type
    for each statement execute function hayden.product_deleted();

-- The Projector's side of the queue ----------------------------------------------------------------------------------

create function hayden.enqueue(dataset_ids uuid[], dataset_types smallint[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into hayden.outbox (dataset_id) select unnest(dataset_ids);
    insert into hayden.outbox (dataset_type) select unnest(dataset_types);
    select hayden.announce();
$$;

-- The datasets of the first `most` entries after entry `place`, with their entries. Those claimed are locked against other
-- changes until the transaction ends, or are gone; those that another transaction is changing are left to wait.
create function hayden.claim_changes(place bigint, most integer)
returns table (dataset_id uuid, entries bigint[], claimed boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    with entry as materialized (
        select o.id, o.dataset_id from hayden.outbox o
        where o.dataset_id is not null and o.id > place order by o.id limit most
    ), locked as materialized (
        select d.id from agdc.dataset d where d.id in (select e.dataset_id from entry e) for no key update skip locked
    )
    select e.dataset_id, array_agg(e.id order by e.id),
           e.dataset_id in (select id from locked) or not exists (select from agdc.dataset d where d.id = e.dataset_id)
    from entry e group by e.dataset_id order by min(e.id);
$$;

-- The same for given datasets, queued or not; waits for those that another transaction is changing.
create function hayden.claim_datasets(dataset_ids uuid[]) returns table (dataset_id uuid, entries bigint[], claimed boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform from agdc.dataset d where d.id = any (dataset_ids) order by d.id for no key update;
    return query
    select g.id, coalesce((select array_agg(o.id) from hayden.outbox o where o.dataset_id = g.id), '{}'), true
    from (select distinct unnest(dataset_ids) as id) g order by g.id;
end
$$;

-- Products that wait, with their entries; `definition` is null when the product is gone. Those that another transaction is
-- changing are left to wait.
create function hayden.claim_products()
returns table (dataset_type smallint, entries bigint[], name text, definition jsonb)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    claimed smallint[];
begin
    with locked as materialized (
        select t.id from agdc.dataset_type t where t.id in (select o.dataset_type from hayden.outbox o)
        order by t.id for no key update skip locked
    )
    select coalesce(array_agg(id), '{}') into claimed from locked;
    return query
    select e.dataset_type, e.entries, t.name::text, t.definition
    from (select o.dataset_type, array_agg(o.id) as entries
          from hayden.outbox o where o.dataset_type is not null group by o.dataset_type) e
    left join agdc.dataset_type t on t.id = e.dataset_type
    where t.id is null or t.id = any (claimed)
    order by e.dataset_type;
end
$$;

-- Gives a product the collection of its name unless it has one, and writes the collection if it came with the product.
-- Tells its key; null when the product is gone.
create function stac.write_product_collection(product smallint, new_content text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    product_name text;
    collection_key integer;
begin
    select name into product_name from agdc.dataset_type where id = product for key share;
    if not found then
        return null;
    end if;
    if not exists (select from stac.collection_product where dataset_type = product) then
        insert into stac.collection (id, content, etag, origin) values (product_name, new_content, md5(new_content), 'odc')
        on conflict (id) do nothing;
        insert into stac.collection_product (collection, dataset_type)
        select key, product from stac.collection where id = product_name
        on conflict (dataset_type) do nothing;
    end if;
    select collection into strict collection_key from stac.collection_product where dataset_type = product;
    update stac.collection set content = new_content, etag = md5(new_content), updated = now()
    where key = collection_key and origin = 'odc' and id = product_name and content <> new_content;
    return collection_key;
end
$$;

-- Writes what the Projector made of claimed datasets, a JSON array of objects:
--   {dataset_id, entries, collection, id, origin, geometry, datetime, end_datetime, properties, content, links_at, etag}
--     an Item (bytes in hex); it takes the place of any other that the dataset has
--   {dataset_id, entries, reason}  the document has no Item
--   {dataset_id, entries}          there is nothing to write; the Item of a dataset that is gone goes
-- Tells how many Items were written and removed, and how many documents have none.
create function stac.write_projected(made jsonb, out written bigint, out removed bigint, out failed bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    more bigint;
begin
    with row as materialized (
        select * from jsonb_to_recordset(made) as r (
            dataset_id uuid, reason text, collection integer, id text, origin text, geometry text, datetime timestamptz,
            end_datetime timestamptz, properties jsonb, content text, links_at integer, etag text)
    ), gone as (
        delete from stac.item i using row r
        where i.dataset_id = r.dataset_id
          and (r.reason is not null or (i.id, i.collection) <> (r.id, r.collection)
               or r.id is null and not exists (select from agdc.dataset d where d.id = r.dataset_id))
        returning r.id
    ), put as (
        insert into stac.item as i (collection, id, dataset_id, origin, geometry, datetime, end_datetime, properties,
                                    content, links_at, etag, archived)
        select r.collection, r.id, r.dataset_id, r.origin, st_geomfromwkb(decode(r.geometry, 'hex'), 4326), r.datetime,
               r.end_datetime, r.properties, decode(r.content, 'hex'), r.links_at, r.etag, d.archived
        from row r join agdc.dataset d on d.id = r.dataset_id
        where r.id is not null
        on conflict (id, collection) do update
        set origin = excluded.origin, geometry = excluded.geometry, datetime = excluded.datetime,
            end_datetime = excluded.end_datetime, properties = excluded.properties, content = excluded.content,
            links_at = excluded.links_at, etag = excluded.etag, archived = excluded.archived, updated = now()
        where i.dataset_id = excluded.dataset_id
          and (i.etag, i.origin, i.links_at, i.datetime, i.end_datetime) is distinct from
              (excluded.etag, excluded.origin, excluded.links_at, excluded.datetime, excluded.end_datetime)
           or i.dataset_id = excluded.dataset_id
          and (i.content <> excluded.content or i.properties <> excluded.properties
               or i.geometry is distinct from excluded.geometry or i.archived is distinct from excluded.archived)
        returning i.datetime, i.end_datetime
    ), longest as (
        update stac.longest_span l set span = s.span
        from (select max(end_datetime - datetime) as span from put) s where s.span > l.span
    )
    select (select count(*) from put), (select count(*) from gone where id is null) into written, removed;

    delete from hayden.projection_error e using jsonb_array_elements(made) r
    where e.dataset_id = (r ->> 'dataset_id')::uuid and not r ? 'reason';

    insert into hayden.projection_error as e (dataset_id, reason)
    select (r ->> 'dataset_id')::uuid, r ->> 'reason' from jsonb_array_elements(made) r
    where r ? 'reason' and exists (select from agdc.dataset d where d.id = (r ->> 'dataset_id')::uuid)
    on conflict (dataset_id) do update set reason = excluded.reason, failed = now() where e.reason <> excluded.reason;
    select count(*) into failed from jsonb_array_elements(made) r where r ? 'reason';

    insert into hayden.projection_error as e (dataset_id, reason)
    select (r ->> 'dataset_id')::uuid, format('there is another Item %L in its collection', r ->> 'id')
    from jsonb_array_elements(made) r
    join agdc.dataset d on d.id = (r ->> 'dataset_id')::uuid
    join stac.item i on i.id = r ->> 'id' and i.collection = (r ->> 'collection')::integer
    where i.dataset_id is distinct from d.id
    on conflict (dataset_id) do update set reason = excluded.reason, failed = now() where e.reason <> excluded.reason;
    get diagnostics more = row_count;
    failed = failed + more;

    delete from hayden.outbox o using jsonb_array_elements(made) r cross join jsonb_array_elements_text(r -> 'entries') e (id)
    where o.id = e.id::bigint;
end
$$;

create function hayden.forget_entries(entries bigint[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from hayden.outbox where id = any (entries);
$$;

-- Which of these datasets wait, and which have no Item for a reason.
create function hayden.projection_state(dataset_ids uuid[])
returns table (dataset_id uuid, waiting boolean, reason text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select g.id, exists (select from hayden.outbox o where o.dataset_id = g.id),
           (select e.reason from hayden.projection_error e where e.dataset_id = g.id)
    from unnest(dataset_ids) g (id);
$$;

create function hayden.waiting_products() returns setof smallint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select distinct dataset_type from hayden.outbox where dataset_type is not null;
$$;

create function hayden.rebuild_position(of_scope text) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select position from hayden.rebuild where scope = of_scope;
$$;

-- Null: the rebuild is done.
create function hayden.set_rebuild_position(of_scope text, new_position uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if new_position is null then
        delete from hayden.rebuild where scope = of_scope;
    else
        insert into hayden.rebuild (scope, position) values (of_scope, new_position)
        on conflict (scope) do update set position = excluded.position;
    end if;
end
$$;

-- What was there before ----------------------------------------------------------------------------------------------

-- Links a product to a collection. One that came by the Open Data Cube and was given the collection of its name moves, with
-- its datasets.
create or replace function stac.link_product(collection_key integer, product text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    product_id smallint;
begin
    select id into product_id from agdc.dataset_type where name = product;
    insert into stac.collection_product as p (collection, dataset_type)
    select collection_key, product_id where product_id is not null
    on conflict (dataset_type) do update set collection = excluded.collection
    where p.collection <> excluded.collection
      and exists (select from stac.collection c where c.key = p.collection and c.origin = 'odc');
    if found then
        insert into hayden.outbox (dataset_id) select id from agdc.dataset where dataset_type_ref = product_id;
        insert into hayden.outbox (dataset_type) values (product_id);
        perform hayden.announce();
    end if;
end
$$;

-- Whether both faces of a dataset say what was staged. They do not where a newer version was there, or a foreign client
-- had changed the dataset: the Projector settles that.
create function hayden.stage_holds(of_dataset uuid, document jsonb, item_etag text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
    select exists (select from agdc.dataset d join stac.item i on i.dataset_id = d.id
                   where d.id = of_dataset and d.metadata = document and i.origin = 'stac' and i.etag = item_etag);
$$;

-- As in 0002, and: the Items are of origin `stac` again; they are archived as their datasets are; a scene may have no
-- dataset; what both faces say now is taken out of the queue.
create or replace function stac.write_staged(out added bigint, out changed bigint, out unchanged bigint)
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
                                    content, links_at, etag, archived)
        select distinct on (s.collection, s.item_id)
               s.collection, s.item_id, s.dataset_id, 'stac', st_geomfromwkb(s.geometry, 4326), s.datetime, s.end_datetime,
               s.properties, s.content, s.links_at, s.etag, d.archived
        from pg_temp.staged_scene s left join agdc.dataset d on d.id = s.dataset_id
        order by s.collection, s.item_id, s.properties ->> 'created' desc
        on conflict (id, collection) do update
        set dataset_id = excluded.dataset_id, origin = 'stac', geometry = excluded.geometry, datetime = excluded.datetime,
            end_datetime = excluded.end_datetime, properties = excluded.properties, content = excluded.content,
            links_at = excluded.links_at, etag = excluded.etag, archived = excluded.archived, updated = now()
        where i.etag <> excluded.etag
          and coalesce(i.properties ->> 'created', '') <= coalesce(excluded.properties ->> 'created', '')
        returning 1
    )
    select count(*) - added into changed from written;
    unchanged = staged - added - changed;

    -- A dataset that came before its scene was harvested has an Item named by its id.
    delete from stac.item i using pg_temp.staged_scene s
    where i.dataset_id = s.dataset_id and i.origin = 'odc' and (i.id, i.collection) <> (s.item_id, s.collection)
      and exists (select from stac.item j where j.dataset_id = s.dataset_id and j.id = s.item_id
                                            and j.collection = s.collection and j.origin = 'stac');

    update agdc.dataset d set archived = now()
    where d.id = any (concerned) and d.archived is null
      and not exists (select from stac.item i where i.dataset_id = d.id);

    update stac.longest_span l set span = s.span
    from (select max(end_datetime - datetime) as span from pg_temp.staged_scene) s
    where s.span > l.span;

    delete from hayden.outbox o using pg_temp.staged_scene s
    where o.dataset_id = s.dataset_id and hayden.stage_holds(s.dataset_id, s.dataset, s.etag);

    insert into hayden.outbox (dataset_id)
    select distinct s.dataset_id from pg_temp.staged_scene s
    where s.dataset_id is not null and not hayden.stage_holds(s.dataset_id, s.dataset, s.etag);
    if found then
        perform hayden.announce();
    end if;

    delete from hayden.projection_error e using pg_temp.staged_scene s
    join stac.item i on i.dataset_id = s.dataset_id
    where e.dataset_id = s.dataset_id;
end
$$;

create or replace function hayden.mark_staged() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.check_stage();
    insert into hayden.harvest_mark as m (source, key, mark, dataset_id)
    select distinct on (source, key) source, key, mark, dataset_id from pg_temp.staged_scene
    on conflict (source, key) do update
    set mark = excluded.mark, dataset_id = excluded.dataset_id, harvested = now()
    where m.mark <> excluded.mark or m.dataset_id is distinct from excluded.dataset_id;

    delete from hayden.harvest_failure f using pg_temp.staged_scene s where f.source = s.source and f.key = s.key;
end
$$;

drop function hayden.status();
create function hayden.status(out collections bigint, out outbox bigint, out outbox_oldest double precision,
                              out projection_errors bigint, out harvested bigint, out harvest_failures bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select (select count(*) from stac.collection), (select count(*) from hayden.outbox),
           coalesce((select extract(epoch from clock_timestamp() - queued) from hayden.outbox order by id limit 1), 0),
           (select count(*) from hayden.projection_error),
           (select greatest(reltuples, 0)::bigint from pg_class where oid = 'hayden.harvest_mark'::regclass),
           (select count(*) from hayden.harvest_failure);
$$;

revoke all on function hayden.stage_holds(uuid, jsonb, text), hayden.enqueue(uuid[], smallint[]), hayden.claim_changes(bigint, integer), hayden.claim_datasets(uuid[]),
    hayden.claim_products(), stac.write_product_collection(smallint, text), stac.write_projected(jsonb),
    hayden.forget_entries(bigint[]), hayden.projection_state(uuid[]), hayden.waiting_products(), hayden.rebuild_position(text),
    hayden.set_rebuild_position(text, uuid), hayden.status() from public;
grant execute on function hayden.enqueue(uuid[], smallint[]), hayden.claim_changes(bigint, integer), hayden.claim_datasets(uuid[]),
    hayden.claim_products(), stac.write_product_collection(smallint, text), stac.write_projected(jsonb),
    hayden.forget_entries(bigint[]), hayden.projection_state(uuid[]), hayden.waiting_products(), hayden.rebuild_position(text),
    hayden.set_rebuild_position(text, uuid), hayden.remove_empty_collections() to agdc_admin;
grant execute on function hayden.status() to agdc_user;
