-- The same results, whatever the planner knows of the table: the Items that may stand for one scene are looked up by their
-- key. In a young table it found reading the whole collection for each scene cheaper than thirty keys that it thought there
-- were, so that the first crawl of an index took time in the square of its scenes.
create or replace function hayden.archive_superseded() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    superseded bigint;
begin
    perform hayden.check_stage();
    perform from hayden.superseding for update;
    with place as (
        select distinct collection, left(item_id, 7) as head, substr(item_id, 10, 20) as tail
        from pg_temp.staged_scene
        where item_id ~ '^L[A-Z]\d\d_L[12][A-Z]{2}_\d{6}_\d{8}_\d\d_(RT|T1|T2)$'
    ), candidate as materialized (
        select p.*, p.head || correction.code || p.tail || tier.code as id
        from place p
        cross join unnest(case right(p.head, 1) when '1' then array['TP', 'GT', 'GS'] else array['SP', 'SR'] end)
            correction (code)
        cross join unnest(array['RT', 'T1', 'T2']) tier (code)
    ), version as (
        select c.collection, i.id, i.dataset_id, i.archived,
               row_number() over (partition by c.collection, c.head, c.tail
                                  order by i.properties ->> 'created' desc nulls last, i.id desc) as place
        from candidate c join stac.item i on i.id = c.id and i.collection = c.collection
    ), items as (
        update stac.item i set archived = now()
        from version v
        where v.place > 1 and v.archived is null and i.id = v.id and i.collection = v.collection
        returning i.dataset_id
    ), datasets as (
        update agdc.dataset d set archived = now()
        where d.archived is null and d.id in (select dataset_id from items)
    )
    select count(*) into superseded from items;
    return superseded;
end
$$;
