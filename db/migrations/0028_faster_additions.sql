-- Fewer and cheaper statements for a request that adds Items: what it looks up comes in one answer, what it adds of the
-- index goes in one call, and PL/pgSQL keeps the plans that a statement of its own would make each time.

-- As stac.enter_collection(text), with those of the named products that there are: a row without a product when there is none
-- of them. `serves` is the collection that a product's datasets are Items of.
create function stac.enter_collection(collection_id text, product_names text[])
returns table (collection integer, name text, product smallint, metadata_type smallint, metadata text, definition text,
               type_definition text, serves integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    with entered as (select c.key from stac.collection c where c.id = collection_id for key share)
    select e.key, p.name::text, p.id, m.id, p.metadata::text, p.definition::text, m.definition::text, s.collection
    from entered e
    left join (agdc.dataset_type p
               join agdc.metadata_type m on m.id = p.metadata_type_ref
               left join stac.collection_product s on s.dataset_type = p.id) on p.name = any (product_names);
end
$$;

-- Adds datasets, an array of {id, product, type, document, location} under the rights of the caller, and lineage, an array of
-- {id, classifier, source}, whose source is there. A dataset that is there already is left as it is. Tells the ids of those
-- added.
create function stac.add_datasets(made jsonb, lineage jsonb) returns setof uuid
language plpgsql volatile security invoker as $$
declare
    fresh uuid[];
begin
    with given as (
        select r.* from jsonb_to_recordset(made) as r (id uuid, product smallint, type smallint, document jsonb, location text)
    ), added as (
        insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)
        select g.id, g.type, g.product, g.document from given g order by g.id
        on conflict (id) do nothing
        returning agdc.dataset.id
    ), located as (
        insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body)
        select g.id, split_part(g.location, ':', 1), substr(g.location, strpos(g.location, ':') + 1)
        from given g join added a on a.id = g.id
        where g.location is not null
    )
    select array_agg(a.id) into fresh from added a;
    if jsonb_array_length(lineage) > 0 then
        insert into agdc.dataset_source (dataset_ref, classifier, source_dataset_ref)
        select r.id, r.classifier, r.source
        from jsonb_to_recordset(lineage) as r (id uuid, classifier text, source uuid)
        where r.id = any (fresh) and exists (select from agdc.dataset d where d.id = r.source)
        on conflict do nothing;
    end if;
    return query select unnest(fresh);
end
$$;

create or replace function stac.add_items(made jsonb) returns setof text
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return query
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
        returning stac.item.id, stac.item.datetime, stac.item.end_datetime
    ), longest as (
        update stac.longest_span l set span = s.span
        from (select max(a.end_datetime - a.datetime) as span from added a) s where s.span > l.span
    )
    select a.id from added a;
end
$$;

create or replace function hayden.settle_datasets(dataset_ids uuid[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from hayden.outbox where dataset_id = any (dataset_ids);
    delete from hayden.projection_error where dataset_id = any (dataset_ids);
end
$$;

revoke all on function stac.enter_collection(text, text[]), stac.add_datasets(jsonb, jsonb) from public;
grant execute on function stac.enter_collection(text, text[]), stac.add_datasets(jsonb, jsonb) to agdc_ingest;
