-- As stac.enter_collection(text, text[]), but documents of products are told only where the caller does not know them:
-- `known` are versions that it was told before. A version is that of the rows of product and metadata type.
create function stac.enter_collection(collection_id text, product_names text[], known text[])
returns table (collection integer, name text, product smallint, metadata_type smallint, serves integer, version text,
               metadata text, definition text, type_definition text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    with entered as (select c.key from stac.collection c where c.id = collection_id for key share)
    select e.key, p.name::text, p.id, p.metadata_type_ref, s.collection, v.version,
           case when v.is_new then p.metadata::text end, case when v.is_new then p.definition::text end,
           case when v.is_new then m.definition::text end
    from entered e
    left join (agdc.dataset_type p
               join agdc.metadata_type m on m.id = p.metadata_type_ref
               left join stac.collection_product s on s.dataset_type = p.id
               cross join lateral (select concat_ws(' ', p.id, p.xmin, p.ctid, m.id, m.xmin, m.ctid) as version offset 0) w
               cross join lateral (select w.version, w.version <> all (known) as is_new offset 0) v)
           on p.name = any (product_names);
end
$$;

-- The form without `known` stays for services that run while this is applied.
revoke all on function stac.enter_collection(text, text[], text[]) from public;
grant execute on function stac.enter_collection(text, text[], text[]) to agdc_ingest;
