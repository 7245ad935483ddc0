-- Crawls that are exact when scenes fail, leave, or come in two versions at once.

create index harvest_failure_key on hayden.harvest_failure (source, key collate "C");

-- As in 0003, and: what was known of the scene is of a time before it failed, so it is read again in any form.
create or replace function hayden.record_failure(new_source text, new_key text, new_mark text, new_stage text,
                                                 new_reason text, new_bytes bytea) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into hayden.harvest_failure (source, key, mark, stage, reason, bytes)
    values (new_source, new_key, new_mark, new_stage, new_reason, new_bytes)
    on conflict (source, key) do update
    set mark = excluded.mark, stage = excluded.stage, reason = excluded.reason, bytes = excluded.bytes, failed = now();
    update hayden.harvest_mark set mark = ''
    where source = new_source and key = new_key collate "C" and mark <> '';
$$;

-- As in 0008, and: a scene that failed and has left its source cannot be tried again.
create or replace function hayden.mark_missing(of_source text, after_key text, until_key text, listed jsonb) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from hayden.harvest_failure f
    where f.source = of_source and f.key > after_key collate "C" and f.key <= until_key collate "C"
      and f.key not in (select k from jsonb_array_elements_text(listed) k);
    with missing as (
        update hayden.harvest_mark m set gone = now()
        where m.source = of_source and m.gone is null
          and m.key in (select hayden.missing_keys(of_source, after_key, until_key, listed))
        returning 1)
    select count(*) from missing;
$$;

-- One row, locked by whoever looks for versions of a scene: no other login can.
create table hayden.superseding (only_row boolean primary key default true check (only_row));
insert into hayden.superseding default values;

-- As in 0014, and: of two transactions that write two versions of one scene, the one that looks last sees both. The lock
-- is held from here to the end of the transaction only.
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
