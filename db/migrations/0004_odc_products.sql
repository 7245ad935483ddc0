-- The dynamic indexes (dix_<product>_<field>) and the view (dv_<product>_dataset) of a product, as datacube 1.8 makes them
-- (datacube/drivers/postgres/_dynamic.py, _fields.py). The client asks for them by name only and skips what exists. A login
-- of agdc_manage may not index agdc.dataset, which agdc_admin owns, so a trigger makes them when the product is inserted.
-- The planner uses an index only when its expression equals the client's, so these follow its code, not a meaning.

grant create on schema hayden to agdc_admin;
set local role agdc_admin;

-- An offset is one path ["a", "b"] or several [["a", "b"], ["c"]].
create function hayden.odc_paths(offsets jsonb) returns table (place bigint, path jsonb)
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select p.place, p.path
    from jsonb_array_elements(
        case when jsonb_typeof(offsets) is distinct from 'array' then '[]'
             when jsonb_typeof(offsets -> 0) = 'string' then jsonb_build_array(offsets)
             else offsets end) with ordinality p (path, place);
$$;

-- The text of one value at those offsets, several of them combined; null when they are no offsets.
create function hayden.odc_value(type text, offsets jsonb, combine text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    with value as (
        -- The client joins a path with commas and escapes nothing in it; so does this, within a quoted literal.
        select p.place, case when jsonb_typeof(p.path) = 'array' then format('dataset.metadata #>> %L', '{' ||
            (select coalesce(string_agg(name, ', '), '') from jsonb_array_elements_text(p.path) e (name)) || '}') end as text
        from hayden.odc_paths(offsets) p
    ), typed as (
        select place, case type
            when 'string' then '(' || text || ')'
            when 'integer' then '(' || text || ')::integer'
            when 'numeric' then '(' || text || ')::numeric'
            when 'double' then '(' || text || ')::double precision'
            when 'datetime' then 'agdc.common_timestamp(' || text || ')' end as text
        from value
    )
    select case when count(*) <> count(text) then null
                when count(*) > 1 then format('%s(%s)', combine, string_agg(text, ', ' order by place))
                else max(text) end
    from typed;
$$;

-- The types of search fields; the bounds of a range have a type of their own.
create view hayden.odc_field_type (type, bound, make_range) as
values ('string', null, null), ('integer', null, null), ('numeric', null, null), ('double', null, null),
       ('datetime', null, null), ('integer-range', 'integer', 'numrange'), ('numeric-range', 'numeric', 'numrange'),
       ('float-range', 'numeric', 'numrange'), ('double-range', 'double', 'agdc.float8range'),
       ('datetime-range', 'datetime', 'tstzrange');

-- Whether the client can read a value in a product's metadata as a field of that type.
create function hayden.odc_can_read(type text, value jsonb) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if type = 'string' or jsonb_typeof(value) in ('number', 'boolean') then
        return true;
    elsif jsonb_typeof(value) <> 'string' then
        return false;
    elsif type = 'integer' then
        return value #>> '{}' ~ '^\s*[+-]?\d+\s*$';
    elsif type = 'datetime' then
        return (value #>> '{}')::timestamptz is not null;
    end if;
    return (value #>> '{}')::double precision is not null;
exception when data_exception then
    return false;
end
$$;

-- Whether the product's own metadata gives the field its value: all its datasets have the same, so it needs no index.
-- Of a range the client takes 0 for no value.
create function hayden.odc_is_fixed(field jsonb, product_metadata jsonb) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
    with value as (
        select coalesce(t.bound, t.type) as type, t.bound is not null as in_range,
               product_metadata #> array(select jsonb_array_elements_text(p.path)) as value
        from hayden.odc_field_type t
        cross join unnest(case when t.bound is null then array[field -> 'offset']
                               else array[field -> 'min_offset', field -> 'max_offset'] end) o (offsets)
        cross join hayden.odc_paths(o.offsets) p
        where t.type = coalesce(field ->> 'type', 'string') and jsonb_typeof(p.path) = 'array'
    )
    select coalesce(bool_and(hayden.odc_can_read(type, value)) and not bool_and(in_range and value = '0'), false)
    from value where value <> 'null';
$$;

-- The columns of a product's view in the client's order, and how each is indexed (method null: never). The expression is
-- null where the definition is no good.
create function hayden.odc_fields(definition jsonb)
returns table (place bigint, name text, field jsonb, expression text, method text, indexed boolean)
language sql immutable set search_path = pg_catalog, pg_temp as $$
    with built_in (place, name, expression, field) as (
        values (1, 'id', 'dataset.id', null::jsonb),
               (2, 'indexed_time', 'dataset.added', null),
               (3, 'indexed_by', 'dataset.added_by', null),
               (4, 'product', 'dataset_type.name', null),
               (5, 'dataset_type_id', 'dataset.dataset_type_ref', null),
               (6, 'metadata_type', 'metadata_type.name', null),
               (7, 'metadata_type_id', 'dataset.metadata_type_ref', null),
               (8, 'metadata_doc', 'dataset.metadata', null),
               (9, 'uri', null, null),
               (10, 'creation_time', null, jsonb_build_object('type', 'datetime', 'indexed', false, 'offset',
                    coalesce(nullif(definition #> '{dataset,creation_dt}', '[]'), '["creation_dt"]'))),
               (11, 'format', null, jsonb_build_object('indexed', false, 'offset',
                    coalesce(nullif(definition #> '{dataset,format}', '[]'), '["format", "name"]'))),
               (12, 'label', null, jsonb_build_object('indexed', false, 'offset',
                    coalesce(nullif(definition #> '{dataset,label}', '[]'), '["label"]')))
    ), search (place, name, field) as (
        select 100 + s.place, s.name, s.field
        from jsonb_each(case jsonb_typeof(definition #> '{dataset,search_fields}')
                        when 'object' then definition #> '{dataset,search_fields}' else '{}' end)
             with ordinality s (name, field, place)
    ), known as (
        select coalesce(b.place, s.place) as place, name, coalesce(s.field, b.field) as field,
               case when s.field is null then b.expression end as expression
        from built_in b full join search s using (name)
    )
    select k.place, k.name, k.field,
           case when k.field is null then k.expression
                when t.bound is null then hayden.odc_value(t.type, k.field -> 'offset', 'coalesce')
                else t.make_range || '(' || hayden.odc_value(t.bound, k.field -> 'min_offset', 'least') || ', '
                     || hayden.odc_value(t.bound, k.field -> 'max_offset', 'greatest') || ', ''[]''::text)' end,
           case when k.field is not null then case when t.bound is null then 'btree' else 'gist' end end,
           coalesce(lower(k.field ->> 'indexed') = 'true', true)
    from known k left join hayden.odc_field_type t on t.type = coalesce(k.field ->> 'type', 'string');
$$;

-- What all datasets of the product's indexes and view have in common.
create function hayden.odc_filter(product smallint) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select format('dataset.archived is null and dataset.dataset_type_ref = %s', product);
$$;

-- As the client spells it, without quotes: in lower case.
create function hayden.odc_view(product_name text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select format('agdc.%I', (parse_ident('dv_' || product_name || '_dataset'))[1]);
$$;

create function hayden.odc_index_statements(product smallint) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
    with field as (
        select f.*, hayden.odc_is_fixed(f.field, p.definition -> 'metadata') as fixed
        from agdc.dataset_type p
        join agdc.metadata_type m on m.id = p.metadata_type_ref
        cross join hayden.odc_fields(m.definition) f
        where p.id = product
    ), composite as (
        select c.names, bool_and(f.fixed) as fixed,
               case when bool_and(f.expression is not null)
                    then string_agg('(' || f.expression || ')', ', ' order by n.place) end as expressions
        from (values (array['lat', 'lon', 'time']), (array['time', 'lat', 'lon']), (array['sat_path', 'sat_row', 'time'])) c (names)
        cross join unnest(c.names) with ordinality n (name, place)
        join field f on f.name = n.name
        group by c.names
        having count(*) = cardinality(c.names)
    ), index (name, method, expressions) as (
        select array_to_string(names, '_'), 'gist', expressions from composite where not fixed
        union all
        select name, method, '(' || expression || ')' from field
        where indexed and not fixed and not exists (select from composite c where field.name = any (c.names))
    )
    select format('create index if not exists %I on agdc.dataset using %s (%s) where %s',
                  'dix_' || lower(p.name) || '_' || lower(i.name), i.method, i.expressions, hayden.odc_filter(p.id))
    from index i join agdc.dataset_type p on p.id = product
    where i.method is not null and i.expressions is not null;
$$;

create function hayden.odc_view_statements(product smallint) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
    with wanted as (
        select hayden.odc_view(p.name) as name,
               (select string_agg(format('%s as %I', f.expression, f.name), ', ' order by f.place)
                from hayden.odc_fields(m.definition) f where f.expression is not null) as columns
        from agdc.dataset_type p join agdc.metadata_type m on m.id = p.metadata_type_ref
        where p.id = product and to_regclass(hayden.odc_view(p.name)) is null
    )
    select s.text
    from wanted cross join lateral (values
        (1, format('create view %s as select %s from agdc.dataset'
                   ' join agdc.dataset_type on dataset_type.id = dataset.dataset_type_ref'
                   ' join agdc.metadata_type on metadata_type.id = dataset_type.metadata_type_ref where %s',
                   name, columns, hayden.odc_filter(product))),
        (2, format('grant select on %s to agdc_user', name)),
        (3, format('alter view %s owner to agdc_manage', name))) s (place, text)
    order by s.place;
$$;

-- A definition that is no good costs the product that index, not the statement that inserts it.
create function hayden.odc_run(statement text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute statement;
exception when others then
    raise warning '% (%)', sqlerrm, statement;
end
$$;

create function hayden.odc_product_added() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.odc_run(s) from hayden.odc_index_statements(new.id) s;
    perform hayden.odc_run(s) from hayden.odc_view_statements(new.id) s;
    return null;
exception when others then
    raise warning 'product %: %', new.name, sqlerrm;
    return null;
end
$$;

-- A later product of the same name has another number: what is left of this one would pass for its own.
create function hayden.odc_product_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.odc_run(format('drop index agdc.%I', c.relname))
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'agdc.dataset'::regclass and c.relname like 'dix\_%'
      and pg_get_expr(i.indpred, i.indrelid) = format('((archived IS NULL) AND (dataset_type_ref = %s))', old.id);
    perform hayden.odc_run('drop view if exists ' || hayden.odc_view(old.name))
    where not exists (select from agdc.metadata_type where hayden.odc_view(name) = hayden.odc_view(old.name));
    return null;
exception when others then
    raise warning 'product %: %', old.name, sqlerrm;
    return null;
end
$$;

revoke all on function hayden.odc_paths(jsonb), hayden.odc_value(text, jsonb, text), hayden.odc_can_read(text, jsonb),
    hayden.odc_is_fixed(jsonb, jsonb), hayden.odc_fields(jsonb), hayden.odc_filter(smallint), hayden.odc_view(text),
    hayden.odc_index_statements(smallint), hayden.odc_view_statements(smallint), hayden.odc_run(text),
    hayden.odc_product_added(), hayden.odc_product_deleted() from public;

create trigger odc_product_added after insert on agdc.dataset_type
    for each row execute function hayden.odc_product_added();
create trigger odc_product_deleted after delete on agdc.dataset_type
    for each row execute function hayden.odc_product_deleted();

select hayden.odc_run(s) from agdc.dataset_type p cross join hayden.odc_index_statements(p.id) s;
select hayden.odc_run(s) from agdc.dataset_type p cross join hayden.odc_view_statements(p.id) s;

set local role none;
revoke create on schema hayden from agdc_admin;
