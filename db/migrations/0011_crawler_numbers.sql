-- Any login may take an advisory lock, and one that holds a crawler's number must not hold up the crawler: it takes the next.
create or replace function hayden.enter_crawler() returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    number integer;
begin
    loop
        number = nextval('hayden.crawler_number');
        exit when pg_try_advisory_lock(hashtext('hayden.crawler'), number);
    end loop;
    return number;
end
$$;
