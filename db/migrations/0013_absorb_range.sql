-- Listing goes on into the next range of a crawl while nobody is at it; those who lease begin far from each other.

create index crawl_range_after on hayden.crawl_range (crawl, after_key);

-- Makes the range behind a leased one part of it, if nobody has it. Tells where the range ends then; null when there is none
-- or when the range is another crawler's by now.
create function hayden.absorb_range(range_id bigint, crawler integer) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    held hayden.crawl_range;
    next hayden.crawl_range;
begin
    select * into held from hayden.crawl_range where id = range_id and leased_by = crawler for update;
    if not found then
        return null;
    end if;
    select r.* into next from hayden.crawl_range r
    where r.crawl = held.crawl and r.after_key = held.until_key and r.leased_by is null and r.id <> held.id
    for update skip locked;
    if not found then
        return null;
    end if;
    delete from hayden.crawl_range where id = next.id;
    update hayden.crawl_range set until_key = next.until_key where id = held.id;
    return next.until_key;
end
$$;

create or replace function hayden.lease_range(of_crawl bigint, crawler integer, lease interval)
returns table (id bigint, after_key text, until_key text)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    update hayden.crawl_range r set leased_by = crawler, leased_until = now() + lease
    where r.id = (select f.id from hayden.crawl_range f
                  where f.crawl = of_crawl
                    and (f.leased_by is null or f.leased_until < now() or not hayden.crawler_lives(f.leased_by))
                  order by hashint8(f.id) limit 1 for update skip locked)
    returning r.id, r.after_key, r.until_key;
$$;

revoke all on function hayden.absorb_range(bigint, integer) from public;
grant execute on function hayden.absorb_range(bigint, integer) to agdc_admin;
