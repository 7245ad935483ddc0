-- The summaries of a collection follow its Items, for properties that have an index: texts by the values there are, numbers
-- and times by the smallest and the largest. hayden-api looks again when Items have changed (stac.settle_summaries).

create table stac.summary (
    collection integer not null references stac.collection (key) on delete cascade,
    name       text collate "C" not null,
    summary    jsonb not null,
    primary key (collection, name)
);

-- What was summarized last: how often Items had been written by then, and what indexes there were.
create table stac.summarized (
    only_row boolean primary key default true check (only_row),
    state    text not null
);
insert into stac.summarized (state) values ('');

create function stac.indexed_properties() returns table (name text, type text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select p.name, t.type
    from stac.properties(null) p cross join unnest(array['text', 'number', 'timestamp']) t (type)
    where (select bool_and(x.valid) from stac.property_indexes(p.name, t.type) x);
$$;

-- The summary of a property in one collection; null when there is none, or so many texts that a list is of no use. Reads an
-- entry of the index for each value that it tells.
create function stac.summary_of(collection_key integer, name text, type text) returns jsonb
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
    most_values constant integer := 50;
    longest constant integer := 255;
    expression text := stac.property_expression(name, type);
    summary jsonb;
    first_item constant text := 'select %2$s from stac.item where collection = $1 and archived is null and %1$s %3$s '
                                'order by %1$s %4$s, collection %4$s, id %4$s limit 1';
begin
    if type = 'text' then
        execute format(
            'with recursive part (value) as ((%s) union all select (%s) from part p where p.value is not null) '
            'select case when count(*) <= $2 and max(length(value)) <= $3 then jsonb_agg(value order by value) end '
            'from (select value from part where value is not null limit $2 + 1) v',
            format(first_item, expression, expression, 'is not null', ''),
            format(first_item, expression, expression, '> p.value', ''))
        into summary using collection_key, most_values, longest;
        return summary;
    end if;
    execute format('select jsonb_build_object(''minimum'', (%s), ''maximum'', (%s))',
                   format(first_item, expression, format('properties -> %L', name), 'is not null', ''),
                   format(first_item, expression, format('properties -> %L', name), 'is not null', 'desc'))
    into summary using collection_key;
    return nullif(summary, '{"minimum": null, "maximum": null}');
end
$$;

-- Looks again at all collections if Items or indexes have changed since it did. Tells whether it looked. A collection that is being
-- deleted is left alone.
create function stac.settle_summaries() returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    now_is text;
    summarized integer;
begin
    with part as (select t.relid from pg_partition_tree('stac.item') t where t.isleaf)
    select concat_ws(' ', (select sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del) from pg_stat_user_tables s
                           where s.relid in (select relid from part)),
                     (select string_agg(x.indexrelid::text, ' ' order by x.indexrelid) from pg_index x
                      where x.indisvalid and x.indrelid in (select relid from part)))
    into now_is;
    update stac.summarized set state = now_is where state <> now_is;
    if not found then
        return false;
    end if;
    for summarized in select c.key from stac.collection c order by c.key loop
        perform from stac.collection c where c.key = summarized for key share skip locked;
        continue when not found;
        with made as materialized (
            select p.name, stac.summary_of(summarized, p.name, p.type) as summary from stac.indexed_properties() p
        ), gone as (
            delete from stac.summary s
            where s.collection = summarized
              and not exists (select from made m where m.name = s.name and m.summary is not null)
        )
        insert into stac.summary as s (collection, name, summary)
        select summarized, m.name, m.summary from made m where m.summary is not null
        on conflict (collection, name) do update set summary = excluded.summary where s.summary <> excluded.summary;
    end loop;
    return true;
end
$$;

revoke all on function stac.settle_summaries() from public;
grant execute on function stac.settle_summaries() to agdc_admin;
grant select on stac.summary to agdc_user;
