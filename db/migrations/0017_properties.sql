-- What searches are sorted by. An index on a property says the same words as src/db/order_sql.cpp.

create function stac.number_of(value jsonb) returns numeric language sql immutable parallel safe
return case when jsonb_typeof(value) = 'number' then value::numeric end;

create function stac.text_of(value jsonb) returns text language sql immutable parallel safe
return case when jsonb_typeof(value) = 'string' then value #>> '{}' end;

-- Restricted, as it catches errors, which no parallel worker can.
create function stac.time_start(value jsonb) returns timestamptz language plpgsql immutable parallel restricted as $$
declare
    written text := upper(stac.text_of(value));
begin
    if written ~ '^\d{4}-\d\d-\d\d$' then
        return (written || 'T00:00:00Z')::timestamptz;
    elsif written ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$' then
        return regexp_replace(written, '(\.\d{6})\d+', '\1')::timestamptz;
    end if;
    return null;
exception when others then
    return null;
end
$$;
