-- The runs of crawlers, for GET /harvests and /metrics (docs/crawler.md).

create table hayden.harvest_run (
    id        bigint generated always as identity primary key,
    sources   jsonb not null,              -- what was asked for: an array of texts
    host      text not null,               -- name of the machine
    state     text not null default 'running' check (state in ('running', 'finished', 'stopped', 'failed', 'crashed')),
    started   timestamptz not null default now(),
    updated   timestamptz not null default now(),  -- when its counters were last written
    finished  timestamptz,
    counters  jsonb not null default '{}',
    exit_code integer,
    error     text
);
create index harvest_run_state on hayden.harvest_run (state, id);

-- Marks the session as the one that makes a run; the lock lives as long as the session.
create function hayden.hold_harvest_run(run bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_lock(hashtext('hayden.harvest_run'), (run & 2147483647)::integer);
end
$$;

-- Whether the session that makes a run is there. A standby does not know: there a run counts that told of itself lately.
create function hayden.harvest_run_lives(run bigint, updated timestamptz) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select case when pg_is_in_recovery() then updated > now() - interval '2 minutes' else exists (
        select from pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.objid = (run & 2147483647)::oid
          and l.classid::bigint = hashtext('hayden.harvest_run')::bigint & 4294967295
          and l.database = (select d.oid from pg_database d where d.datname = current_database())) end;
$$;

-- Begins a run, held by this session. Settles those whose session has gone, and forgets all but the newest 1000 and the last
-- that finished. Of two that do so at once, each leaves alone what the other has in hand.
create function hayden.begin_harvest_run(run_sources jsonb, run_host text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made bigint;
begin
    update hayden.harvest_run set state = 'crashed', finished = updated
    where id in (select r.id from hayden.harvest_run r
                 where r.state = 'running' and not hayden.harvest_run_lives(r.id, r.updated)
                 order by r.id for update skip locked);
    delete from hayden.harvest_run
    where id in (select r.id from hayden.harvest_run r
                 where r.state <> 'running'
                   and r.id <= (select n.id from hayden.harvest_run n order by n.id desc offset 1000 limit 1)
                   and r.id <> (select coalesce(max(f.id), 0) from hayden.harvest_run f where f.state = 'finished')
                 order by r.id for update skip locked);
    insert into hayden.harvest_run (sources, host) values (run_sources, run_host) returning id into made;
    perform hayden.hold_harvest_run(made);
    return made;
end
$$;

create function hayden.update_harvest_run(run bigint, new_counters jsonb) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update hayden.harvest_run set counters = new_counters, updated = now(), state = 'running', finished = null
    where id = run and state in ('running', 'crashed');
$$;

create function hayden.end_harvest_run(run bigint, new_state text, new_counters jsonb, code integer, why text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update hayden.harvest_run
    set state = new_state, counters = new_counters, exit_code = code, error = nullif(why, ''), updated = now(), finished = now()
    where id = run;
$$;

-- Runs with a number below `before`, the newest first; as they stand, but that one whose session has gone shows as crashed.
create function hayden.list_harvest_runs(before bigint, most integer) returns setof hayden.harvest_run
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    with run as materialized (
        select * from hayden.harvest_run where id < before order by id desc limit most
    )
    select id, sources, host, case when crashed then 'crashed' else state end, started, updated,
           case when crashed then updated else finished end, counters, exit_code, error
    from run cross join lateral (
        select case when state = 'running' then not hayden.harvest_run_lives(id, updated) else false end as crashed) s
    order by id desc;
$$;

-- For /metrics: the runs at work, and of those that began within a day how they ended and what they did to scenes; when
-- a run last came to its end.
create function hayden.harvest_status(out running bigint, out finished bigint, out stopped bigint, out failed bigint,
                                      out crashed bigint, out scenes_written bigint, out scenes_failed bigint,
                                      out last_finished double precision)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    with run as materialized (
        select r.*, r.state = 'running' and not hayden.harvest_run_lives(r.id, r.updated) as lost
        from hayden.harvest_run r
        where r.state = 'running' or r.started > now() - interval '1 day'
    )
    select count(*) filter (where state = 'running' and not lost), count(*) filter (where state = 'finished'),
           count(*) filter (where state = 'stopped'), count(*) filter (where state = 'failed'),
           count(*) filter (where state = 'crashed' or lost),
           coalesce(sum((counters ->> 'written')::bigint), 0)::bigint,
           coalesce(sum((counters ->> 'failed')::bigint), 0)::bigint,
           (select extract(epoch from max(f.finished)) from hayden.harvest_run f where f.state = 'finished')
    from run;
$$;

revoke all on function hayden.hold_harvest_run(bigint), hayden.harvest_run_lives(bigint, timestamptz),
    hayden.begin_harvest_run(jsonb, text), hayden.update_harvest_run(bigint, jsonb),
    hayden.end_harvest_run(bigint, text, jsonb, integer, text), hayden.list_harvest_runs(bigint, integer),
    hayden.harvest_status() from public;
grant execute on function hayden.hold_harvest_run(bigint), hayden.begin_harvest_run(jsonb, text),
    hayden.update_harvest_run(bigint, jsonb), hayden.end_harvest_run(bigint, text, jsonb, integer, text) to agdc_admin;
grant execute on function hayden.list_harvest_runs(bigint, integer), hayden.harvest_status() to agdc_user;
