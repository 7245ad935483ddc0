-- What managing the Open Data Cube index takes beyond the client's own grants (docs/odc.md). agdc_manage updates products and
-- metadata types; as it owns neither agdc.dataset nor the views that others have made, triggers rebuild a product's indexes
-- and all views, for the REST API, for SQL and before the client looks whether they are there.

grant create on schema hayden to agdc_admin;
set local role agdc_admin;

grant update on agdc.dataset_type, agdc.metadata_type to agdc_manage;

-- The indexes of a product with that definition.
create function hayden.odc_indexes(product smallint, product_name text, product_metadata jsonb, type_definition jsonb)
returns table (name text, statement text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with field as (
        select f.*, hayden.odc_is_fixed(f.field, product_metadata) as fixed
        from hayden.odc_fields(type_definition) f
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
    ), named as (
        select 'dix_' || lower(product_name) || '_' || lower(i.name) as name, i.method, i.expressions
        from index i
        where i.method is not null and i.expressions is not null
    )
    select n.name, format('create index if not exists %I on agdc.dataset using %s (%s) where %s',
                          n.name, n.method, n.expressions, hayden.odc_filter(product))
    from named n;
$$;

create or replace function hayden.odc_index_statements(product smallint) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select i.statement
    from agdc.dataset_type p
    join agdc.metadata_type m on m.id = p.metadata_type_ref
    cross join hayden.odc_indexes(p.id, p.name, p.definition -> 'metadata', m.definition) i
    where p.id = product;
$$;

-- Of two definitions of a product, what the second has no use for goes. Dropping waits for readers of agdc.dataset and makes
-- later ones wait, for a moment; so an index that stays the same is left alone.
create function hayden.odc_replace_indexes(product smallint,
                                           old_name text, old_metadata jsonb, old_type jsonb,
                                           new_name text, new_metadata jsonb, new_type jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.odc_run(format('drop index if exists agdc.%I', o.name))
    from hayden.odc_indexes(product, old_name, old_metadata, old_type) o
    where not exists (select from hayden.odc_indexes(product, new_name, new_metadata, new_type) n
                      where n.name = o.name and n.statement = o.statement);
    perform hayden.odc_run(n.statement) from hayden.odc_indexes(product, new_name, new_metadata, new_type) n;
end
$$;

-- Makes the view of a product or metadata type anew, whoever owns the one that is there: agdc_admin owns the schema.
create function hayden.odc_build_view(of_name text, type_definition jsonb, filter text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    select hayden.odc_run(format(
        'drop view if exists %1$s; create view %1$s as select %2$s from agdc.dataset'
        ' join agdc.dataset_type on dataset_type.id = dataset.dataset_type_ref'
        ' join agdc.metadata_type on metadata_type.id = dataset_type.metadata_type_ref where %3$s;'
        ' grant select on %1$s to agdc_user; alter view %1$s owner to agdc_manage',
        hayden.odc_view(of_name),
        (select string_agg(format('%s as %I', f.expression, f.name), ', ' order by f.place)
         from hayden.odc_fields(type_definition) f where f.expression is not null),
        filter));
$$;

create function hayden.odc_type_filter(metadata_type smallint) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select format('dataset.archived is null and dataset.metadata_type_ref = %s', metadata_type);
$$;

create function hayden.odc_product_updated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    old_type jsonb = (select definition from agdc.metadata_type where id = old.metadata_type_ref);
    new_type jsonb = (select definition from agdc.metadata_type where id = new.metadata_type_ref);
begin
    -- The view first: its readers lock it before the table, and dropping an index locks the table.
    if new.name <> old.name then
        perform hayden.odc_run('drop view if exists ' || hayden.odc_view(old.name));
    end if;
    perform hayden.odc_build_view(new.name, new_type, hayden.odc_filter(new.id));
    perform hayden.odc_replace_indexes(new.id, old.name, old.definition -> 'metadata', old_type,
                                       new.name, new.definition -> 'metadata', new_type);
    return null;
exception when others then
    raise warning 'product %: %', new.name, sqlerrm;
    return null;
end
$$;

create function hayden.odc_metadata_type_added() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if to_regclass(hayden.odc_view(new.name)) is null then
        perform hayden.odc_build_view(new.name, new.definition, hayden.odc_type_filter(new.id));
    end if;
    return null;
exception when others then
    raise warning 'metadata type %: %', new.name, sqlerrm;
    return null;
end
$$;

create function hayden.odc_metadata_type_updated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if new.name <> old.name then
        perform hayden.odc_run('drop view if exists ' || hayden.odc_view(old.name));
    end if;
    perform hayden.odc_build_view(new.name, new.definition, hayden.odc_type_filter(new.id));
    perform hayden.odc_build_view(p.name, new.definition, hayden.odc_filter(p.id))
    from agdc.dataset_type p where p.metadata_type_ref = new.id;
    perform hayden.odc_replace_indexes(p.id, p.name, p.definition -> 'metadata', old.definition,
                                       p.name, p.definition -> 'metadata', new.definition)
    from agdc.dataset_type p where p.metadata_type_ref = new.id;
    return null;
exception when others then
    raise warning 'metadata type %: %', new.name, sqlerrm;
    return null;
end
$$;

create function hayden.odc_metadata_type_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.odc_run('drop view if exists ' || hayden.odc_view(old.name))
    where not exists (select from agdc.dataset_type where hayden.odc_view(name) = hayden.odc_view(old.name));
    return null;
exception when others then
    raise warning 'metadata type %: %', old.name, sqlerrm;
    return null;
end
$$;

create trigger odc_product_updated after update of name, metadata, metadata_type_ref, definition on agdc.dataset_type
    for each row execute function hayden.odc_product_updated();
create trigger odc_metadata_type_added after insert on agdc.metadata_type
    for each row execute function hayden.odc_metadata_type_added();
create trigger odc_metadata_type_updated after update of name, definition on agdc.metadata_type
    for each row execute function hayden.odc_metadata_type_updated();
create trigger odc_metadata_type_deleted after delete on agdc.metadata_type
    for each row execute function hayden.odc_metadata_type_deleted();

-- The fields that datasets of a metadata type are searched by, with the expressions of the indexes: a search that says
-- the same uses them. Of a field that every dataset has (field is null there) the type is that of its column.
create function hayden.odc_search_fields(metadata_types jsonb)
returns table (metadata_type smallint, name text, type text, bound text, expression text, indexed boolean, description text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select m.id, f.name,
           case when f.field is not null then coalesce(f.field ->> 'type', 'string')
                else case f.name when 'id' then 'uuid' when 'indexed_time' then 'datetime' else 'string' end end,
           t.bound, f.expression, f.indexed, f.field ->> 'description'
    from jsonb_array_elements_text(metadata_types) w (id)
    join agdc.metadata_type m on m.id = w.id::smallint
    cross join hayden.odc_fields(m.definition) f
    left join hayden.odc_field_type t on t.type = coalesce(f.field ->> 'type', 'string')
    where f.expression is not null
      and f.name not in ('product', 'dataset_type_id', 'metadata_type', 'metadata_type_id', 'metadata_doc')
    order by m.id, f.place;
$$;

revoke all on function hayden.odc_indexes(smallint, text, jsonb, jsonb),
    hayden.odc_replace_indexes(smallint, text, jsonb, jsonb, text, jsonb, jsonb),
    hayden.odc_build_view(text, jsonb, text), hayden.odc_type_filter(smallint), hayden.odc_product_updated(),
    hayden.odc_metadata_type_added(), hayden.odc_metadata_type_updated(), hayden.odc_metadata_type_deleted(),
    hayden.odc_search_fields(jsonb) from public;
grant execute on function hayden.odc_search_fields(jsonb) to agdc_user;

set local role none;
revoke create on schema hayden from agdc_admin;
