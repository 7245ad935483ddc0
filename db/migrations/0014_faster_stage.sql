-- The same results with less work for each scene that a crawler writes.

-- As in 0003, but documents are compressed by LZ4, which takes a tenth of the time, and lie in the row: they are read several
-- times, once for each index over them. They go into their tables as they are compressed here.
create or replace function hayden.open_stage() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if to_regclass('pg_temp.staged_scene') is null then
        create temporary table staged_scene (
            source text, key text, mark text, product text, dataset_id uuid, dataset jsonb compression lz4, location text,
            collection int, item_id text collate "C", geometry bytea, datetime timestamptz, end_datetime timestamptz,
            properties jsonb compression lz4, content bytea, links_at int, etag text)
            with (toast_tuple_target = 8160) on commit delete rows;
        alter table staged_scene alter column content set storage external; -- it is compressed already
        grant select, insert on pg_temp.staged_scene to agdc_admin;
    end if;
    perform hayden.check_stage();
end
$$;

-- As in 0005. Whether both faces of a dataset say what was staged is asked for all at once, and documents are compared only
-- where another transaction wrote the dataset.
create or replace function stac.write_staged(out added bigint, out changed bigint, out unchanged bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    staged bigint;
    concerned uuid[];
    held uuid[];
    differing uuid[];
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

    select array_agg(s.dataset_id) filter (where h.holds), array_agg(distinct s.dataset_id) filter (where h.holds is null)
    into held, differing
    from pg_temp.staged_scene s left join lateral (
        select true as holds from agdc.dataset d join stac.item i on i.dataset_id = d.id
        where d.id = s.dataset_id and i.origin = 'stac' and i.etag = s.etag
          and (d.xmin = pg_current_xact_id()::xid or d.metadata = s.dataset)
        limit 1) h on true
    where s.dataset_id is not null;

    delete from hayden.outbox o where o.dataset_id = any (held);

    insert into hayden.outbox (dataset_id) select unnest(differing);
    if found then
        perform hayden.announce();
    end if;

    delete from hayden.projection_error e using pg_temp.staged_scene s
    join stac.item i on i.dataset_id = s.dataset_id
    where e.dataset_id = s.dataset_id;
end
$$;
drop function hayden.stage_holds(uuid, jsonb, text);

-- As in 0008, but a level has codes of its own for the correction: no others need be looked for.
create or replace function hayden.archive_superseded() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    superseded bigint;
begin
    perform hayden.check_stage();
    with place as (
        select distinct collection, left(item_id, 7) as head, substr(item_id, 10, 20) as tail
        from pg_temp.staged_scene
        where item_id ~ '^L[A-Z]\d\d_L[12][A-Z]{2}_\d{6}_\d{8}_\d\d_(RT|T1|T2)$'
    ), version as (
        select p.collection, p.head, p.tail, i.id, i.dataset_id, i.archived,
               row_number() over (partition by p.collection, p.head, p.tail
                                  order by i.properties ->> 'created' desc nulls last, i.id desc) as place
        from place p
        cross join unnest(case right(p.head, 1) when '1' then array['TP', 'GT', 'GS'] else array['SP', 'SR'] end)
            correction (code)
        cross join unnest(array['RT', 'T1', 'T2']) tier (code)
        join stac.item i on i.collection = p.collection and i.id = p.head || correction.code || p.tail || tier.code
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
