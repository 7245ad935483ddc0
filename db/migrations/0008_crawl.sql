-- Crawls that several crawlers share and that go on where they were stopped; scenes that have left their source; scenes
-- that a later product replaces (docs/crawler.md).

-- Listings come in the byte order of keys: with it, what a page of a listing does not hold is found by one index scan.
alter table hayden.harvest_mark alter column key type text collate "C";
alter table hayden.harvest_mark alter column dataset_id drop not null;
alter table hayden.harvest_mark
    add column item_id    text collate "C",
    add column collection integer,
    add column gone       timestamptz,     -- since when the source has not held the key
    add column archived   timestamptz;     -- when its scene was archived for that
create index harvest_mark_gone on hayden.harvest_mark (source, key) where gone is not null;

-- Records the scenes staged in pg_temp.staged_scene as harvested; a failure of the past is forgotten, and a scene that was
-- archived because it had gone is back.
create or replace function hayden.mark_staged() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.check_stage();

    update agdc.dataset d set archived = null
    from pg_temp.staged_scene s join hayden.harvest_mark m on m.source = s.source and m.key = s.key
    where m.archived is not null and d.id = m.dataset_id and d.id = s.dataset_id and d.archived = m.archived;
    update stac.item i set archived = null
    from pg_temp.staged_scene s join hayden.harvest_mark m on m.source = s.source and m.key = s.key
    where m.archived is not null and i.id = s.item_id and i.collection = s.collection and i.archived = m.archived;

    insert into hayden.harvest_mark as m (source, key, mark, dataset_id, item_id, collection)
    select distinct on (source, key) source, key, mark, dataset_id, item_id, collection from pg_temp.staged_scene
    on conflict (source, key) do update
    set mark = excluded.mark, dataset_id = excluded.dataset_id, item_id = excluded.item_id,
        collection = excluded.collection, harvested = now(), gone = null, archived = null
    where (m.mark, m.item_id, m.collection) is distinct from (excluded.mark, excluded.item_id, excluded.collection)
       or m.dataset_id is distinct from excluded.dataset_id or m.gone is not null;

    delete from hayden.harvest_failure f using pg_temp.staged_scene s where f.source = s.source and f.key = s.key;
end
$$;

-- Of the staged scenes and those indexed of the same sensor, level, place, day and collection, the one processed last
-- stays; the others are archived: a real-time scene (RT) once its final form (T1, T2) is there. Tells how many.
create function hayden.archive_superseded() returns bigint
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
        cross join unnest(array['TP', 'GT', 'GS', 'SP', 'SR']) correction (code)
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

-- The marks of those keys (a JSON array) that are known, and which of them were gone.
create function hayden.find_marks(of_source text, of_keys jsonb) returns table (key text, mark text, was_gone boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select m.key, m.mark, m.gone is not null
    from jsonb_array_elements_text(of_keys) k (key)
    join hayden.harvest_mark m on m.source = of_source and m.key = k.key collate "C";
$$;

-- The known keys in (after_key, until_key] that a listing of just that span does not hold.
create function hayden.missing_keys(of_source text, after_key text, until_key text, listed jsonb) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select m.key from hayden.harvest_mark m
    where m.source = of_source and m.key > after_key collate "C" and m.key <= until_key collate "C" and m.gone is null
      and m.key not in (select k collate "C" from jsonb_array_elements_text(listed) k)
    order by m.key;
$$;

create function hayden.mark_missing(of_source text, after_key text, until_key text, listed jsonb) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with missing as (
        update hayden.harvest_mark m set gone = now()
        where m.source = of_source and m.gone is null
          and m.key in (select hayden.missing_keys(of_source, after_key, until_key, listed))
        returning 1)
    select count(*) from missing;
$$;

-- How many scenes of a span of keys have gone and are not archived.
create function hayden.count_gone(of_source text, after_key text, until_key text) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select count(*) from hayden.harvest_mark m
    where m.source = of_source and m.key > after_key collate "C" and m.key <= until_key collate "C"
      and m.gone is not null and m.archived is null;
$$;

-- Archives those scenes, but for a scene that another key still holds. Tells how many marks it was.
create function hayden.archive_gone(of_source text, after_key text, until_key text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    archived_marks bigint;
begin
    with mark as materialized (
        update hayden.harvest_mark m set archived = now()
        where m.source = of_source and m.key > after_key collate "C" and m.key <= until_key collate "C"
          and m.gone is not null and m.archived is null
        returning m.dataset_id, m.item_id, m.collection
    ), scene as materialized (
        select distinct g.dataset_id, g.item_id, g.collection from mark g
        where not exists (select from hayden.harvest_mark o
                          where o.gone is null and o.item_id = g.item_id and o.collection = g.collection)
    ), datasets as (
        update agdc.dataset d set archived = now() from scene s where d.id = s.dataset_id and d.archived is null
    ), items as (
        update stac.item i set archived = now() from scene s
        where i.id = s.item_id and i.collection = s.collection and i.dataset_id is not distinct from s.dataset_id
          and i.archived is null
    )
    select count(*) into archived_marks from mark;
    return archived_marks;
end
$$;

-- Crawls -------------------------------------------------------------------------------------------------------------

-- One pass over a source. What is left to list of it are its ranges; when there are none, it is finished.
create table hayden.crawl (
    id       bigint generated always as identity primary key,
    source   text not null,
    prefix   text collate "C" not null,
    scope    text not null,                -- what is looked for: passes with different filters are different crawls
    started  timestamptz not null default now(),
    touched  timestamptz not null default now(),
    finished timestamptz
);
create unique index crawl_open on hayden.crawl (source, prefix, scope) where finished is null;

-- Keys in (after_key, until_key] that are still to be listed. A range belongs to the crawler that has leased it until the
-- lease runs out or the crawler's session ends.
create table hayden.crawl_range (
    id           bigint generated always as identity primary key,
    crawl        bigint not null references hayden.crawl (id) on delete cascade,
    after_key    text collate "C" not null,
    until_key    text collate "C" not null,
    leased_by    integer,
    leased_until timestamptz
);
create index crawl_range_crawl on hayden.crawl_range (crawl);

create sequence hayden.crawler_number as integer cycle;

-- Numbers the session as a crawler; the lock lives as long as the session.
create function hayden.enter_crawler() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    number integer = nextval('hayden.crawler_number');
begin
    perform pg_advisory_lock(hashtext('hayden.crawler'), number);
    return number;
end
$$;

create function hayden.crawler_lives(number integer) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select exists (
        select from pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.objid = number::oid
          and l.classid::bigint = hashtext('hayden.crawler')::bigint & 4294967295
          and l.database = (select d.oid from pg_database d where d.datname = current_database()));
$$;

-- The open crawl of that source, prefix and scope, or a new one; what nobody has touched for a day is begun anew.
create function hayden.join_crawl(of_source text, of_prefix text, of_scope text, first_after text, last_until text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    joined bigint;
begin
    lock table hayden.crawl in share row exclusive mode;
    delete from hayden.crawl c
    where c.source = of_source and c.prefix = of_prefix and c.scope = of_scope and c.finished is null
      and c.touched < now() - interval '1 day';
    select c.id into joined from hayden.crawl c
    where c.source = of_source and c.prefix = of_prefix and c.scope = of_scope and c.finished is null;
    if joined is null then
        insert into hayden.crawl (source, prefix, scope) values (of_source, of_prefix, of_scope) returning id into joined;
        insert into hayden.crawl_range (crawl, after_key, until_key) values (joined, first_after, last_until);
    end if;
    return joined;
end
$$;

create function hayden.lease_range(of_crawl bigint, crawler integer, lease interval)
returns table (id bigint, after_key text, until_key text)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    update hayden.crawl_range r set leased_by = crawler, leased_until = now() + lease
    where r.id = (select f.id from hayden.crawl_range f
                  where f.crawl = of_crawl
                    and (f.leased_by is null or f.leased_until < now() or not hayden.crawler_lives(f.leased_by))
                  order by f.id limit 1 for update skip locked)
    returning r.id, r.after_key, r.until_key;
$$;

create function hayden.renew_leases(crawler integer, lease interval) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update hayden.crawl c set touched = now()
    where c.id in (select r.crawl from hayden.crawl_range r where r.leased_by = crawler)
      and c.touched < now() - interval '1 minute';
    update hayden.crawl_range set leased_until = now() + lease where leased_by = crawler;
$$;

-- Gives back what a crawler that stops has leased.
create function hayden.release_ranges(crawler integer) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update hayden.crawl_range set leased_by = null, leased_until = null where leased_by = crawler;
$$;

-- Ranges that are there for the taking, and those that other crawlers are at.
create function hayden.count_ranges(of_crawl bigint, crawler integer, out free bigint, out elsewhere bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select count(*) filter (where leased_by is null), count(*) filter (where leased_by is distinct from crawler)
    from hayden.crawl_range where crawl = of_crawl;
$$;

-- Cuts a range at those keys, in order: it keeps what lies up to the first. True when it was still the crawler's.
create function hayden.split_range(range_id bigint, crawler integer, bounds jsonb) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    cut hayden.crawl_range;
begin
    select * into cut from hayden.crawl_range where id = range_id and leased_by = crawler for update;
    if not found then
        return false;
    end if;
    insert into hayden.crawl_range (crawl, after_key, until_key)
    select cut.crawl, b.key, coalesce(lead(b.key) over (order by b.place), cut.until_key)
    from jsonb_array_elements_text(bounds) with ordinality b (key, place)
    order by b.place;
    update hayden.crawl_range set until_key = bounds ->> 0 where id = range_id;
    return true;
end
$$;

-- All up to that key is done; null: the whole range. Nothing when the range is another crawler's by now.
create function hayden.advance_range(range_id bigint, crawler integer, done_up_to text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    of_crawl bigint = (select crawl from hayden.crawl_range where id = range_id);
begin
    if done_up_to is null then
        delete from hayden.crawl_range where id = range_id and leased_by = crawler;
    else
        update hayden.crawl_range set after_key = done_up_to where id = range_id and leased_by = crawler;
    end if;
    update hayden.crawl c set touched = now()
    where c.id = of_crawl and c.touched < now() - interval '1 minute';
end
$$;

-- True when nothing of the crawl is left.
create function hayden.finish_crawl(of_crawl bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from hayden.crawl_range where crawl = of_crawl) then
        return false;
    end if;
    update hayden.crawl set finished = now() where id = of_crawl and finished is null;
    -- A source that is watched is crawled every few seconds.
    delete from hayden.crawl c using hayden.crawl f
    where f.id = of_crawl and (c.source, c.prefix, c.scope) = (f.source, f.prefix, f.scope)
      and c.finished < now() - interval '1 day';
    return true;
end
$$;

-- Dead letters -------------------------------------------------------------------------------------------------------

create function hayden.list_failures(of_source text, like_key text, most integer)
returns table (source text, key text, stage text, reason text, failed timestamptz, size integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select f.source, f.key, f.stage, f.reason, f.failed, length(f.bytes)
    from hayden.harvest_failure f
    where (of_source = '' or f.source = of_source) and (like_key = '' or strpos(f.key, like_key) > 0)
    order by f.source, f.key limit most;
$$;

create function hayden.failure_bytes(of_source text, of_key text) returns bytea
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select bytes from hayden.harvest_failure where source = of_source and key = of_key;
$$;

do $$
declare
    made text;
begin
    foreach made in array array[
        'archive_superseded()', 'find_marks(text, jsonb)', 'missing_keys(text, text, text, jsonb)',
        'mark_missing(text, text, text, jsonb)', 'count_gone(text, text, text)', 'archive_gone(text, text, text)',
        'enter_crawler()', 'join_crawl(text, text, text, text, text)', 'lease_range(bigint, integer, interval)',
        'renew_leases(integer, interval)', 'release_ranges(integer)', 'count_ranges(bigint, integer)',
        'split_range(bigint, integer, jsonb)', 'advance_range(bigint, integer, text)', 'finish_crawl(bigint)',
        'list_failures(text, text, integer)', 'failure_bytes(text, text)'] loop
        execute format('revoke all on function hayden.%s from public', made);
        execute format('grant execute on function hayden.%s to agdc_admin', made);
    end loop;
    revoke all on function hayden.crawler_lives(integer) from public;
end
$$;
