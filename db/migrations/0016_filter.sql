-- What filters (src/db/cql2_sql.cpp) do with values of an Item's properties. None of these functions raises: a value
-- that an operation cannot work with gives null, and no Item matches by it. Those that catch errors are restricted: no
-- parallel worker can.

create extension if not exists unaccent;

create function stac.number_of(value jsonb) returns numeric language sql immutable parallel safe
return case when jsonb_typeof(value) = 'number' then value::numeric end;

create function stac.text_of(value jsonb) returns text language sql immutable parallel safe
return case when jsonb_typeof(value) = 'string' then value #>> '{}' end;

create function stac.boolean_of(value jsonb) returns boolean language sql immutable parallel safe
return case when jsonb_typeof(value) = 'boolean' then value::boolean end;

create function stac.array_of(value jsonb) returns jsonb language sql immutable parallel safe
return case when jsonb_typeof(value) = 'array' then value end;

-- The first moment of a string that is a date or a timestamp of RFC 3339; digits behind microseconds are cut off, as
-- they are in literals.
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

-- The last moment: that of the day, for a date.
create function stac.time_end(value jsonb) returns timestamptz language plpgsql immutable parallel restricted as $$
begin
    if length(stac.text_of(value)) = 10 then
        return stac.time_start(value) + interval '1 day' - interval '1 microsecond';
    end if;
    return stac.time_start(value);
end
$$;

-- Below, equal to or above zero as the first value is less than, equal to or greater than the second.
create function stac.compare(a jsonb, b jsonb) returns integer language plpgsql immutable parallel safe as $$
begin
    if jsonb_typeof(a) is distinct from jsonb_typeof(b) then
        return null;
    end if;
    case jsonb_typeof(a)
        when 'number' then
            return sign(a::numeric - b::numeric);
        when 'string' then
            return case when (a #>> '{}') collate "C" < (b #>> '{}') then -1
                        when (a #>> '{}') = (b #>> '{}') then 0
                        else 1 end;
        when 'boolean' then
            return a::boolean::integer - b::boolean::integer;
        else
            return null;
    end case;
end
$$;

-- Division by zero, roots of negative numbers and results out of range are null.
create function stac.arithmetic(a numeric, operator text, b numeric) returns numeric
language plpgsql immutable strict parallel restricted as $$
declare
    too_large constant numeric := 1e300;
begin
    if abs(a) > too_large or abs(b) > too_large then
        return null;
    end if;
    case operator
        when '+' then
            return a + b;
        when '-' then
            return a - b;
        when '*' then
            return a * b;
        when '/' then
            return a / nullif(b, 0);
        when '%' then
            return a % nullif(b, 0);
        when 'div' then
            return div(a, nullif(b, 0));
        when '^' then
            if a <> 0 and abs(b * ln(abs(a))) > 700 then
                return null;
            end if;
            if b = trunc(b) and b >= 0 then
                return a ^ b;
            end if;
            return a::double precision ^ b::double precision;
    end case;
exception when others then
    return null;
end
$$;

create function stac.casei(value text) returns text language sql immutable parallel safe
return lower(upper(normalize(value, nfc) collate "und-x-icu") collate "und-x-icu");

-- unaccent() is stable only because its dictionary might be changed.
do $do$
declare
    home text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
                  where e.extname = 'unaccent');
begin
    execute format(
        'create function stac.accenti(value text) returns text language plpgsql immutable parallel safe as $$
         begin
             return %1$I.unaccent(%2$L, normalize(value, nfc));
         end
         $$', home, format('%I.unaccent', home));
end
$do$;

-- Arrays as sets.
create function stac.array_contains(a jsonb, b jsonb) returns boolean
language sql immutable strict parallel safe
return (select coalesce(bool_and(wanted.element in (select x from jsonb_array_elements(a) x)), true)
        from jsonb_array_elements(b) wanted (element));

create function stac.array_overlaps(a jsonb, b jsonb) returns boolean
language sql immutable strict parallel safe
return exists (select 1 from jsonb_array_elements(a) x join jsonb_array_elements(b) y on x = y);

-- The part of a geometry that has a dimension (1 points, 2 lines, 3 areas), as one geometry.
create function stac.geometry_part(whole geometry, kind integer) returns geometry
language sql immutable strict parallel safe
return st_unaryunion(st_collectionextract(whole, kind));

create function stac.is_covered(a geometry, b geometry) returns boolean
language sql immutable strict parallel safe
return (select bool_and(st_isempty(st_difference(st_difference(st_difference(
                   stac.geometry_part(a, kind), stac.geometry_part(b, 3)), stac.geometry_part(b, 2)),
                   stac.geometry_part(b, 1))))
        from generate_series(1, 3) kind);

create function stac.interiors_meet(a geometry, b geometry) returns boolean
language sql immutable strict parallel safe
return (select bool_or(st_relate(stac.geometry_part(a, i), stac.geometry_part(b, j), 'T********'))
        from generate_series(1, 3) i, generate_series(1, 3) j
        where not st_isempty(stac.geometry_part(a, i)) and not st_isempty(stac.geometry_part(b, j)));

create function stac.shared_dimension(a geometry, b geometry) returns integer
language sql immutable strict parallel safe
return st_dimension(st_intersection(stac.geometry_part(a, 2), stac.geometry_part(b, 2)));

-- The spatial relations of CQL2 but intersects and disjoint. PostGIS knows them for all geometries but collections,
-- where they follow from the parts.
create function stac.relates(a geometry, relation text, b geometry) returns boolean
language plpgsql immutable strict parallel restricted as $$
begin
    if not a && b then
        return false;
    end if;
    if geometrytype(a) <> 'GEOMETRYCOLLECTION' and geometrytype(b) <> 'GEOMETRYCOLLECTION' then
        case relation
            when 'contains' then
                return st_contains(a, b);
            when 'within' then
                return st_within(a, b);
            when 'equals' then
                return st_equals(a, b);
            when 'touches' then
                return st_touches(a, b);
            when 'overlaps' then
                return st_overlaps(a, b);
            when 'crosses' then
                return st_crosses(a, b);
        end case;
    end if;
    if not st_intersects(a, b) then
        return false;
    end if;
    case relation
        when 'contains' then
            return stac.is_covered(b, a) and stac.interiors_meet(a, b);
        when 'within' then
            return stac.is_covered(a, b) and stac.interiors_meet(a, b);
        when 'equals' then
            return stac.is_covered(a, b) and stac.is_covered(b, a);
        when 'touches' then
            return not stac.interiors_meet(a, b);
        when 'overlaps' then
            return st_dimension(a) = st_dimension(b) and stac.interiors_meet(a, b)
                   and not stac.is_covered(a, b) and not stac.is_covered(b, a)
                   and (st_dimension(a) <> 1 or stac.shared_dimension(a, b) = 1);
        when 'crosses' then
            return stac.interiors_meet(a, b) and not stac.is_covered(a, b) and not stac.is_covered(b, a)
                   and (st_dimension(a) <> st_dimension(b)
                        or st_dimension(a) = 1 and stac.shared_dimension(a, b) = 0);
    end case;
exception when others then
    return null;
end
$$;
