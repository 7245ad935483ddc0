-- The summaries of a collection follow its Items, for properties that have an index: texts by the values there are, numbers
-- and times by the smallest and the largest. hayden-api looks again when Items have changed (db::SummarySettler), at one
-- collection in a transaction.

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

-- What there is to summarize now, and whether it differs from what was.
create function stac.summaries_due(out state text, out due boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with part as (
        select t.relid from pg_partition_tree('stac.item') t where t.isleaf
    ), here (state) as (
        select concat_ws(' ', (select sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del) from pg_stat_user_tables s
                               where s.relid in (select relid from part)),
                         (select string_agg(x.indexrelid::text, ' ' order by x.indexrelid) from pg_index x
                          where x.indisvalid and x.indrelid in (select relid from part)))
    )
    select h.state, h.state <> s.state from here h cross join stac.summarized s;
$$;

create function stac.note_summarized(new_state text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update stac.summarized set state = new_state;
$$;

-- The summary of an indexed property in one collection; null when there is none, or so many texts that a list is of no use.
-- The index is sorted by value, then by collection. Texts are found by jumps from one value to the next, and where all
-- collections together have too many for that, by reading the Items of a collection that has few.
create function stac.summary_of(collection_key integer, property_name text, property_type text) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    most_values constant integer := 50;
    longest constant integer := 255;
    most_jumps constant integer := 1000;
    few_items constant integer := 20000;
    expression text := stac.property_expression(property_name, property_type);
    next_pair text := format('select %1$s, collection from stac.item where archived is null and %%s '
                             'order by %1$s, collection, id limit 1', expression);
    value text;
    holder integer;
    texts text[] := '{}';
    items bigint;
    summary jsonb;
begin
    if not exists (select from stac.property p
                   where p.collection = collection_key and p.name = property_name
                     and p.type = case property_type when 'number' then 'number' else 'string' end) then
        return null;
    end if;
    if property_type <> 'text' then
        execute format('select jsonb_build_object(''minimum'', (select properties -> %2$L from stac.item '
                       'where collection = $1 and archived is null and %1$s is not null '
                       'order by %1$s, collection, id limit 1), ''maximum'', (select properties -> %2$L from stac.item '
                       'where collection = $1 and archived is null and %1$s is not null '
                       'order by %1$s desc, collection desc, id desc limit 1))', expression, property_name)
        into summary using collection_key;
        return nullif(summary, '{"minimum": null, "maximum": null}');
    end if;
    execute format(next_pair, expression || ' is not null') into value, holder;
    for jump in 1 .. most_jumps loop
        if value is null then
            return nullif(to_jsonb(texts), '[]');
        elsif holder < collection_key then
            execute format(next_pair, format('(%s, collection) >= ($1, $2)', expression))
            into value, holder using value, collection_key;
        else
            if holder = collection_key then
                texts = texts || value;
            end if;
            if cardinality(texts) > most_values or length(value) > longest and holder = collection_key then
                return null;
            end if;
            execute format(next_pair, expression || ' > $1') into value, holder using value;
        end if;
    end loop;
    execute format('select count(*), array_remove(array_agg(distinct v), null) from (select %s as v from stac.item '
                   'where collection = $1 and archived is null limit $2 + 1) s', expression)
    into items, texts using collection_key, few_items;
    if items > few_items or cardinality(texts) > most_values
       or exists (select from unnest(texts) t where length(t) > longest) then
        return null;
    end if;
    return nullif(to_jsonb(texts), '[]');
end
$$;

-- Looks again at a collection. False when somebody else holds it, so that it has to be looked at once more.
create function stac.summarize(collection_key integer, names text[], types text[]) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made jsonb;
begin
    select coalesce(jsonb_object_agg(s.name, s.summary), '{}') into made
    from (select distinct on (p.name) p.name, p.summary
          from (select g.name, g.type, stac.summary_of(collection_key, g.name, g.type) as summary
                from unnest(names, types) g (name, type)) p
          where p.summary is not null order by p.name, p.type) s;
    perform from stac.collection c where c.key = collection_key for key share skip locked;
    if not found then
        return not exists (select from stac.collection c where c.key = collection_key);
    end if;
    delete from stac.summary s where s.collection = collection_key and not made ? s.name;
    insert into stac.summary as s (collection, name, summary)
    select collection_key, m.key, m.value from jsonb_each(made) m
    on conflict (collection, name) do update set summary = excluded.summary where s.summary <> excluded.summary;
    return true;
end
$$;

revoke all on function stac.indexed_properties(), stac.summaries_due(), stac.note_summarized(text),
    stac.summary_of(integer, text, text), stac.summarize(integer, text[], text[]) from public;
grant execute on function stac.indexed_properties(), stac.summaries_due(), stac.note_summarized(text),
    stac.summarize(integer, text[], text[]) to agdc_admin;
grant select on stac.summary to agdc_user;
