-- An Item without a dataset is replaced by a new row. Who waited for the old one found it gone, and nothing in its place: the
-- new row is later than the statement that waited. So it is looked for again for as long as there is one. Datasets are locked
-- before Items, so one that the Item has got meanwhile is a reason to look again, too.

create or replace function stac.lock_item(collection_id text, item_id text,
                                          out collection integer, out dataset_id uuid, out etag text, out content bytea)
returns setof record language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    locked uuid;
begin
    loop
        select i.dataset_id into locked from stac.item i join stac.collection c on c.key = i.collection
        where c.id = collection_id and i.id = item_id;
        perform from agdc.dataset d where d.id = locked for update;
        return query
        select i.collection, i.dataset_id, i.etag, i.content
        from stac.item i join stac.collection c on c.key = i.collection
        where c.id = collection_id and i.id = item_id and i.archived is null and i.dataset_id is not distinct from locked
        for update of i;
        exit when found;
        perform from stac.item i join stac.collection c on c.key = i.collection
        where c.id = collection_id and i.id = item_id and i.archived is null;
        exit when not found;
    end loop;
end
$$;
