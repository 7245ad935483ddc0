-- Items and Collections written over HTTP (docs/api.md, "Transactions"). What the service writes to schema stac is prepared
-- and compressed by it, so the functions that write are for agdc_admin, which it becomes once a function of the first part,
-- run under the role of its caller, has let it in: the database refuses whom the ladder refuses.
--
-- Datasets are locked before Items, in one order, as by everybody else.

-- Who may ------------------------------------------------------------------------------------------------------------

-- Keeps the collection from being deleted until the transaction ends. Tells its key; null when there is none.
create function stac.enter_collection(collection_id text) returns integer
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select key from stac.collection where id = collection_id for key share;
$$;

-- Locks an Item that is not archived, and its dataset.
create function stac.lock_item(collection_id text, item_id text,
                               out collection integer, out dataset_id uuid, out etag text, out content bytea)
returns setof record language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform from agdc.dataset d
    where d.id = (select i.dataset_id from stac.item i join stac.collection c on c.key = i.collection
                  where c.id = collection_id and i.id = item_id)
    for update;
    return query
    select i.collection, i.dataset_id, i.etag, i.content
    from stac.item i join stac.collection c on c.key = i.collection
    where c.id = collection_id and i.id = item_id and i.archived is null
    for update of i;
end
$$;

-- Locks a collection. `products` are those that serve it, `used` whether it has Items or they have datasets.
create function stac.lock_collection(collection_id text, out key integer, out content text, out etag text, out origin text,
                                     out products smallint[], out used boolean)
returns setof record language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform from stac.collection c where c.id = collection_id for update;
    return query
    select c.key, c.content, c.etag, c.origin,
           coalesce((select array_agg(p.dataset_type) from stac.collection_product p where p.collection = c.key), '{}'),
           exists (select from stac.item i where i.collection = c.key)
           or exists (select from stac.collection_product p join agdc.dataset d on d.dataset_type_ref = p.dataset_type
                      where p.collection = c.key)
    from stac.collection c where c.id = collection_id;
end
$$;

create function stac.manage_collections() returns void
language sql immutable set search_path = pg_catalog, pg_temp as $$ select $$;

-- What is written ----------------------------------------------------------------------------------------------------

-- Adds Items, an array of {collection, id, dataset_id, geometry, datetime, end_datetime, properties, content, links_at, etag}
-- (bytes in hex). One that is there already is left as it is. Tells the ids of those added.
create function stac.add_items(made jsonb) returns setof text
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
    with added as (
        insert into stac.item (collection, id, dataset_id, origin, geometry, datetime, end_datetime, properties, content,
                               links_at, etag)
        select r.collection, r.id, r.dataset_id, 'stac', st_geomfromwkb(decode(r.geometry, 'hex'), 4326), r.datetime,
               r.end_datetime, r.properties, decode(r.content, 'hex'), r.links_at, r.etag
        from jsonb_to_recordset(made) as r (
            collection integer, id text collate "C", dataset_id uuid, geometry text, datetime timestamptz,
            end_datetime timestamptz, properties jsonb, content text, links_at integer, etag text)
        order by r.id
        on conflict (id, collection) do nothing
        returning id, datetime, end_datetime
    ), longest as (
        update stac.longest_span l set span = s.span
        from (select max(end_datetime - datetime) as span from added) s where s.span > l.span
    )
    select id from added;
$$;

-- Puts one Item, an object as above, in the place of that of its name.
create function stac.replace_item(made jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
    with replaced as (
        update stac.item i
        set dataset_id = r.dataset_id, origin = 'stac', geometry = st_geomfromwkb(decode(r.geometry, 'hex'), 4326),
            datetime = r.datetime, end_datetime = r.end_datetime, properties = r.properties,
            content = decode(r.content, 'hex'), links_at = r.links_at, etag = r.etag, updated = now()
        from jsonb_to_record(made) as r (
            collection integer, id text, dataset_id uuid, geometry text, datetime timestamptz, end_datetime timestamptz,
            properties jsonb, content text, links_at integer, etag text)
        where i.collection = r.collection and i.id = r.id
        returning i.datetime, i.end_datetime
    )
    update stac.longest_span l set span = s.span
    from (select max(end_datetime - datetime) as span from replaced) s where s.span > l.span;
$$;

create function stac.remove_item(collection_key integer, item_id text) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    delete from stac.item where collection = collection_key and id = item_id;
$$;

-- Both faces of these datasets, which this transaction has locked or added, say the same now: nothing is left to project.
create function hayden.settle_datasets(dataset_ids uuid[]) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    delete from hayden.outbox where dataset_id = any (dataset_ids);
    delete from hayden.projection_error where dataset_id = any (dataset_ids);
$$;

-- Whether it was not there.
create function stac.add_collection(new_id text, new_content text, new_etag text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into stac.collection (id, content, etag) values (new_id, new_content, new_etag) on conflict (id) do nothing;
    return found;
end
$$;

-- A collection that came with its product and is replaced does not follow the product any more.
create function stac.replace_collection(collection_key integer, new_content text, new_etag text) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    update stac.collection set content = new_content, etag = new_etag, origin = 'stac', updated = now()
    where key = collection_key;
$$;

create function stac.remove_collection(collection_key integer) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    delete from stac.collection where key = collection_key;
$$;

revoke all on function stac.enter_collection(text), stac.lock_item(text, text), stac.lock_collection(text),
    stac.manage_collections(), stac.add_items(jsonb), stac.replace_item(jsonb), stac.remove_item(integer, text),
    hayden.settle_datasets(uuid[]), stac.add_collection(text, text, text), stac.replace_collection(integer, text, text),
    stac.remove_collection(integer) from public;
grant execute on function stac.enter_collection(text) to agdc_ingest;
grant execute on function stac.lock_collection(text), stac.manage_collections() to agdc_manage;
grant execute on function stac.lock_item(text, text), stac.add_items(jsonb), stac.replace_item(jsonb),
    stac.remove_item(integer, text), hayden.settle_datasets(uuid[]), stac.add_collection(text, text, text),
    stac.replace_collection(integer, text, text), stac.remove_collection(integer) to agdc_admin;
