-- What filters of collections look at, as filters of Items look at properties: the members of a Collection, and of its
-- summaries the lists as `summaries.NAME`, the ends of ranges as `summaries.NAME.minimum` and `summaries.NAME.maximum`.

alter table stac.collection_search add column members jsonb not null default '{}';

create function stac.flat_summaries(summaries jsonb) returns jsonb
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
    with summary as (
        select s.key as name, s.value
        from jsonb_each(case jsonb_typeof(summaries) when 'object' then summaries else '{}' end) s
    ), flat as (
        select 'summaries.' || s.name as name, s.value from summary s where jsonb_typeof(s.value) = 'array'
        union all
        select concat_ws('.', 'summaries', s.name, r.key), r.value
        from summary s
             cross join lateral jsonb_each(case jsonb_typeof(s.value) when 'object' then s.value else '{}' end) r
        where r.key in ('minimum', 'maximum')
    )
    select coalesce(jsonb_object_agg(f.name, f.value), '{}') from flat f;
$$;

create function stac.collection_members(document jsonb) returns jsonb
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
    select document - array['id', 'type', 'links', 'assets', 'item_assets', 'extent', 'summaries', 'geometry', 'datetime']
           || stac.flat_summaries(document -> 'summaries');
$$;

create or replace function stac.note_collection() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from stac.collection_search where collection = new.key;
    insert into stac.collection_search
    select new.key, d.*, stac.collection_members(new.content::jsonb) from stac.describe_collection(new.id, new.content::jsonb) d;
    return null;
end
$$;

update stac.collection_search s set members = stac.collection_members(c.content::jsonb)
from stac.collection c where c.key = s.collection;

revoke all on function stac.flat_summaries(jsonb), stac.collection_members(jsonb) from public;
grant execute on function stac.flat_summaries(jsonb) to agdc_user;
