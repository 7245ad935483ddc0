-- What filters of collections look at, as filters of Items look at properties: the members of a Collection, and of its
-- summaries the lists as `summaries.NAME`, the ends of ranges as `summaries.NAME.minimum` and `summaries.NAME.maximum`.

-- A table of its own: another column would lock out who reads the others.
create table stac.collection_members (
    collection integer primary key references stac.collection (key) on delete cascade,
    members    jsonb not null
);

create function stac.members_of(document jsonb) returns jsonb
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
    select document - array['id', 'type', 'links', 'assets', 'item_assets', 'extent', 'geometry', 'datetime'];
$$;

create function stac.flat_summaries(summaries jsonb) returns jsonb
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
    with flat as (
        select 'summaries.' || s.key as name, s.value from jsonb_each(summaries) s where jsonb_typeof(s.value) = 'array'
        union all
        select concat_ws('.', 'summaries', s.key, r.key), r.value
        from jsonb_each(summaries) s
             cross join lateral jsonb_each(case jsonb_typeof(s.value) when 'object' then s.value else '{}' end) r
        where r.key in ('minimum', 'maximum')
    )
    select coalesce(jsonb_object_agg(f.name, f.value), '{}') from flat f;
$$;

create or replace function stac.note_collection() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from stac.collection_search where collection = new.key;
    insert into stac.collection_search
    select new.key, d.* from stac.describe_collection(new.id, new.content::jsonb) d;
    insert into stac.collection_members as m values (new.key, stac.members_of(new.content::jsonb))
    on conflict (collection) do update set members = excluded.members;
    return null;
end
$$;

insert into stac.collection_members select c.key, stac.members_of(c.content::jsonb) from stac.collection c;

revoke all on function stac.members_of(jsonb), stac.flat_summaries(jsonb) from public;
grant execute on function stac.flat_summaries(jsonb) to agdc_user;
grant select on stac.collection_members to agdc_user;
