-- What only the service itself needs. The runner of migrations may have made the schema already.
create schema if not exists hayden;

-- Datasets that a foreign client wrote and whose Item is still to be derived.
create table hayden.outbox (
    id         bigint generated always as identity primary key,
    dataset_id uuid not null,
    queued     timestamptz not null default now()
);

-- Documents that have no Item, and why.
create table hayden.projection_error (
    dataset_id uuid primary key,
    reason     text not null,
    failed     timestamptz not null default now()
);

-- What a crawl has indexed: a key whose mark (ETag, or size and time) is unchanged is not read again.
create table hayden.harvest_mark (
    source     text not null,
    key        text not null,
    mark       text not null,
    dataset_id uuid not null,
    harvested  timestamptz not null default now(),
    primary key (source, key)
);

-- What a crawl could not read, with the bytes it got, so that nothing is lost.
create table hayden.harvest_failure (
    source text not null,
    key    text not null,
    mark   text not null,
    stage  text not null,
    reason text not null,
    bytes  bytea not null,
    failed timestamptz not null default now(),
    primary key (source, key)
);

-- Makes the caller's temporary table pg_temp.staged_scene, in which scenes are gathered. It belongs to the owner of
-- this function: one that the caller made could run the caller's code with the owner's rights when it is read.
create function hayden.open_stage() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if to_regclass('pg_temp.staged_scene') is null then
        create temporary table staged_scene (
            source text, key text, mark text, product text, dataset_id uuid, dataset jsonb, location text,
            collection int, item_id text collate "C", geometry bytea, datetime timestamptz, end_datetime timestamptz,
            properties jsonb, content bytea, links_at int, etag text) on commit delete rows;
        grant select, insert on pg_temp.staged_scene to agdc_admin;
    end if;
    perform hayden.check_stage();
end
$$;

create function hayden.check_stage() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform from pg_class
    where oid = to_regclass('pg_temp.staged_scene') and relkind = 'r' and relowner = current_user::regrole;
    if not found then
        raise insufficient_privilege using message = 'pg_temp.staged_scene was not made by hayden.open_stage()';
    end if;
end
$$;

-- Records the scenes staged in pg_temp.staged_scene as harvested; a failure of the past is forgotten.
create function hayden.mark_staged() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.check_stage();
    insert into hayden.harvest_mark as m (source, key, mark, dataset_id)
    select distinct on (source, key) source, key, mark, dataset_id from pg_temp.staged_scene
    on conflict (source, key) do update
    set mark = excluded.mark, dataset_id = excluded.dataset_id, harvested = now()
    where m.mark <> excluded.mark or m.dataset_id <> excluded.dataset_id;

    delete from hayden.harvest_failure f using pg_temp.staged_scene s where f.source = s.source and f.key = s.key;
end
$$;

create function hayden.record_failure(new_source text, new_key text, new_mark text, new_stage text, new_reason text,
                                      new_bytes bytea) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into hayden.harvest_failure (source, key, mark, stage, reason, bytes)
    values (new_source, new_key, new_mark, new_stage, new_reason, new_bytes)
    on conflict (source, key) do update
    set mark = excluded.mark, stage = excluded.stage, reason = excluded.reason, bytes = excluded.bytes, failed = now();
$$;

-- The marks of those keys (a JSON array) that are known.
create function hayden.known_marks(of_source text, of_keys jsonb) returns table (key text, mark text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select m.key, m.mark
    from jsonb_array_elements_text(of_keys) k (key)
    join hayden.harvest_mark m on m.source = of_source and m.key = k.key;
$$;

create function hayden.schema_version() returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select max(number) from hayden.migration where applied_at is not null;
$$;

-- Counts for /metrics and /health.
create function hayden.status(out collections bigint, out outbox bigint, out projection_errors bigint,
                              out harvested bigint, out harvest_failures bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select (select count(*) from stac.collection), (select count(*) from hayden.outbox),
           (select count(*) from hayden.projection_error),
           (select greatest(reltuples, 0)::bigint from pg_class where oid = 'hayden.harvest_mark'::regclass),
           (select count(*) from hayden.harvest_failure);
$$;

revoke all on function hayden.open_stage(), hayden.check_stage(), hayden.mark_staged(), hayden.record_failure(text, text, text, text, text, bytea),
    hayden.known_marks(text, jsonb), hayden.schema_version(), hayden.status() from public;
grant usage on schema hayden to agdc_user;
grant execute on function hayden.schema_version(), hayden.status() to agdc_user;
grant execute on function hayden.open_stage(), hayden.mark_staged(), hayden.record_failure(text, text, text, text, text, bytea),
    hayden.known_marks(text, jsonb) to agdc_admin;
