-- The Open Data Cube index, schema agdc: tables, keys, names, grants and owners as the `postgres` index driver of
-- datacube 1.8 and 1.9 makes and expects them. Real clients read and write these tables, so nothing here may be renamed.

do $$
begin
  if to_regnamespace('agdc') is not null then
    raise exception 'this database holds a schema agdc already, made by another Open Data Cube; give Hayden a database of its own';
  end if;
end $$;

-- Roles belong to the whole cluster: another database may have made them, or be making them at this moment.
do $$
declare
  ladder constant text[] := array['agdc_user', 'agdc_ingest', 'agdc_manage', 'agdc_admin'];
  member text;
  granted text;
begin
  foreach member in array ladder loop
    if to_regrole(member) is null then
      begin
        execute format('create role %I nologin inherit nocreatedb %s', member,
                       case member when 'agdc_admin' then 'createrole' else 'nocreaterole' end);
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise exception 'role % does not exist and login % may not create it; run as a superuser: alter role % createrole',
            member, current_user, quote_ident(current_user);
      end;
    end if;
  end loop;

  for granted, member in
    values ('agdc_user', 'agdc_ingest'), ('agdc_ingest', 'agdc_manage'), ('agdc_manage', 'agdc_admin'),
           ('agdc_admin', current_user::text), ('agdc_user', 'hayden_reader')
  loop
    if to_regrole(quote_ident(member)) is not null and not pg_has_role(member, granted, 'usage') then
      begin
        execute format('grant %I to %I', granted, member);
      exception
        when unique_violation then null;
        when insufficient_privilege then
          raise exception 'role % is not a member of % and login % may not make it one; run as a superuser: grant % to %',
            member, granted, current_user, granted, quote_ident(member);
      end;
    end if;
  end loop;

  begin
    execute format('grant all on database %I to agdc_admin', current_database());
  exception when insufficient_privilege then null;
  end;
  if not has_database_privilege('agdc_admin', current_database(), 'create') then
    raise exception 'agdc_admin may not create schemas in database % and login % does not own it; run as a superuser: alter database % owner to %',
      current_database(), current_user, quote_ident(current_database()), quote_ident(current_user);
  end if;
end $$;

set local role agdc_admin;

create schema agdc;

create type agdc.float8range as range (
  subtype = double precision,
  subtype_diff = float8mi,
  multirange_type_name = agdc.float8multirange
);

-- Immutable because it drops any offset, which index expressions rely on: times are written in UTC only.
create function agdc.common_timestamp(text) returns timestamp with time zone language sql immutable strict as $$
select ($1)::timestamp at time zone 'utc';
$$;

create function agdc.set_row_update_time() returns trigger language plpgsql as $$
begin
  new.updated = now();
  return new;
end;
$$;

create table agdc.metadata_type (
  id smallserial not null,
  name varchar not null,
  definition jsonb not null,
  added timestamptz not null default now(),
  added_by name not null default current_user,
  updated timestamptz,
  constraint pk_metadata_type primary key (id),
  constraint uq_metadata_type_name unique (name),
  constraint ck_metadata_type_alphanumeric_name check (name ~* '^\w+$')
);

create table agdc.dataset_type (
  id smallserial not null,
  name varchar not null,
  metadata jsonb not null,
  metadata_type_ref smallint not null,
  definition jsonb not null,
  added timestamptz not null default now(),
  added_by name not null default current_user,
  updated timestamptz,
  constraint pk_dataset_type primary key (id),
  constraint uq_dataset_type_name unique (name),
  constraint ck_dataset_type_alphanumeric_name check (name ~* '^\w+$'),
  constraint fk_dataset_type_metadata_type_ref_metadata_type foreign key (metadata_type_ref) references agdc.metadata_type (id)
);

create table agdc.dataset (
  id uuid not null,
  metadata_type_ref smallint not null,
  dataset_type_ref smallint not null,
  metadata jsonb not null,
  archived timestamptz,
  added timestamptz not null default now(),
  added_by name not null default current_user,
  updated timestamptz,
  constraint pk_dataset primary key (id),
  constraint fk_dataset_metadata_type_ref_metadata_type foreign key (metadata_type_ref) references agdc.metadata_type (id),
  constraint fk_dataset_dataset_type_ref_dataset_type foreign key (dataset_type_ref) references agdc.dataset_type (id)
);
create index ix_agdc_dataset_dataset_type_ref on agdc.dataset (dataset_type_ref);
create index ix_ds_isactive on agdc.dataset ((archived is null));
create index ix_ds_prod_isactive on agdc.dataset (dataset_type_ref, (archived is null));
create index ix_ds_mdt_isactive on agdc.dataset (metadata_type_ref, (archived is null));

create table agdc.dataset_location (
  id serial not null,
  dataset_ref uuid not null,
  uri_scheme varchar not null,
  uri_body varchar not null,
  added timestamptz not null default now(),
  added_by name not null default current_user,
  archived timestamptz,
  constraint pk_dataset_location primary key (id),
  constraint uq_dataset_location_uri_scheme unique (uri_scheme, uri_body, dataset_ref),
  constraint fk_dataset_location_dataset_ref_dataset foreign key (dataset_ref) references agdc.dataset (id)
);
create index ix_agdc_dataset_location_dataset_ref on agdc.dataset_location (dataset_ref);

create table agdc.dataset_source (
  dataset_ref uuid not null,
  classifier varchar not null,
  source_dataset_ref uuid not null,
  constraint pk_dataset_source primary key (dataset_ref, classifier),
  constraint uq_dataset_source_source_dataset_ref unique (source_dataset_ref, dataset_ref),
  constraint fk_dataset_source_dataset_ref_dataset foreign key (dataset_ref) references agdc.dataset (id),
  constraint fk_dataset_source_source_dataset_ref_dataset foreign key (source_dataset_ref) references agdc.dataset (id)
);

-- Beyond datacube 1.8: datacube 1.9 makes the first two, datacube-explorer asks for the third, and the last lets a search
-- by URI prefix use an index whatever the database's collation.
create index ix_dataset_added on agdc.dataset (added);
create index ix_dataset_updated on agdc.dataset (updated);
create index ix_dataset_type_changed on agdc.dataset (dataset_type_ref, greatest(added, updated, archived) desc);
create index ix_dataset_location_uri_prefix on agdc.dataset_location (uri_scheme, uri_body varchar_pattern_ops);

create trigger row_update_time_metadata_type before update on agdc.metadata_type
  for each row execute function agdc.set_row_update_time();
create trigger row_update_time_dataset_type before update on agdc.dataset_type
  for each row execute function agdc.set_row_update_time();
create trigger row_update_time_dataset before update on agdc.dataset
  for each row execute function agdc.set_row_update_time();

grant usage on schema agdc to agdc_user;
grant select on all tables in schema agdc to agdc_user;
grant execute on function agdc.common_timestamp(text) to agdc_user;
grant insert on agdc.dataset, agdc.dataset_location, agdc.dataset_source to agdc_ingest;
grant usage, select on all sequences in schema agdc to agdc_ingest;
grant insert, delete on agdc.dataset_type, agdc.metadata_type to agdc_manage;
grant create on schema agdc to agdc_manage;

-- The metadata types every new index starts with.
insert into agdc.metadata_type (name, definition) values
('eo3', $json${
  "name": "eo3",
  "description": "Default EO3 with no custom fields",
  "dataset": {
    "id": ["id"],
    "creation_dt": ["properties", "odc:processing_datetime"],
    "label": ["label"],
    "format": ["properties", "odc:file_format"],
    "sources": ["lineage", "source_datasets"],
    "grid_spatial": ["grid_spatial", "projection"],
    "measurements": ["measurements"],
    "search_fields": {
      "platform": {"description": "Platform code", "indexed": false, "offset": ["properties", "eo:platform"]},
      "instrument": {"description": "Instrument name", "indexed": false, "offset": ["properties", "eo:instrument"]},
      "product_family": {
        "description": "Product family code",
        "indexed": false,
        "offset": ["properties", "odc:product_family"]},
      "dataset_maturity": {
        "description": "One of - final|interim|nrt  (near real time)",
        "indexed": false,
        "offset": ["properties", "dea:dataset_maturity"]},
      "cloud_cover": {
        "type": "double",
        "description": "Cloud cover percentage [0, 100]",
        "indexed": false,
        "offset": ["properties", "eo:cloud_cover"]},
      "region_code": {
        "description": "Spatial reference code from the provider. For Landsat region_code is a scene path row:\n        '{:03d}{:03d}.format(path,row)'.\nFor Sentinel it is MGRS code. In general it is a unique string identifier that datasets covering roughly the same spatial region share.\n",
        "offset": ["properties", "odc:region_code"]},
      "time": {
        "type": "datetime-range",
        "description": "Acquisition time range",
        "min_offset": [["properties", "dtr:start_datetime"], ["properties", "datetime"]],
        "max_offset": [["properties", "dtr:end_datetime"], ["properties", "datetime"]]},
      "lat": {
        "type": "double-range",
        "description": "Latitude range",
        "min_offset": [["extent", "lat", "begin"]],
        "max_offset": [["extent", "lat", "end"]]},
      "lon": {
        "type": "double-range",
        "description": "Longitude range",
        "min_offset": [["extent", "lon", "begin"]],
        "max_offset": [["extent", "lon", "end"]]}
    }
  }
}$json$),
('eo', $json${
  "name": "eo",
  "description": "Earth Observation datasets.\n\nExpected metadata structure produced by the eodatasets library, as used internally at GA.\n\nhttps://github.com/GeoscienceAustralia/eo-datasets\n",
  "dataset": {
    "id": ["id"],
    "creation_dt": ["creation_dt"],
    "label": ["ga_label"],
    "format": ["format", "name"],
    "sources": ["lineage", "source_datasets"],
    "grid_spatial": ["grid_spatial", "projection"],
    "measurements": ["image", "bands"],
    "search_fields": {
      "lat": {
        "type": "double-range",
        "description": "Latitude range",
        "min_offset": [["extent", "coord", "ur", "lat"], ["extent", "coord", "lr", "lat"], ["extent", "coord", "ul", "lat"], ["extent", "coord", "ll", "lat"]],
        "max_offset": [["extent", "coord", "ur", "lat"], ["extent", "coord", "lr", "lat"], ["extent", "coord", "ul", "lat"], ["extent", "coord", "ll", "lat"]]},
      "lon": {
        "type": "double-range",
        "description": "Longitude range",
        "min_offset": [["extent", "coord", "ul", "lon"], ["extent", "coord", "ur", "lon"], ["extent", "coord", "ll", "lon"], ["extent", "coord", "lr", "lon"]],
        "max_offset": [["extent", "coord", "ul", "lon"], ["extent", "coord", "ur", "lon"], ["extent", "coord", "ll", "lon"], ["extent", "coord", "lr", "lon"]]},
      "time": {
        "type": "datetime-range",
        "description": "Acquisition time",
        "min_offset": [["extent", "from_dt"], ["extent", "center_dt"]],
        "max_offset": [["extent", "to_dt"], ["extent", "center_dt"]]},
      "platform": {"description": "Platform code", "offset": ["platform", "code"]},
      "instrument": {"description": "Instrument name", "offset": ["instrument", "name"]},
      "product_type": {"description": "Product code", "offset": ["product_type"]}
    }
  }
}$json$),
('telemetry', $json${
  "name": "telemetry",
  "description": "Satellite telemetry datasets.\n\nExpected metadata structure produced by telemetry datasets from the eodatasets library, as used internally at GA.\n\nhttps://github.com/GeoscienceAustralia/eo-datasets\n",
  "dataset": {
    "id": ["id"],
    "creation_dt": ["creation_dt"],
    "label": ["ga_label"],
    "sources": ["lineage", "source_datasets"],
    "search_fields": {
      "gsi": {
        "description": "Ground Station Identifier (eg. ASA)",
        "indexed": false,
        "offset": ["acquisition", "groundstation", "code"]},
      "time": {
        "type": "datetime-range",
        "description": "Acquisition time",
        "min_offset": [["acquisition", "aos"]],
        "max_offset": [["acquisition", "los"]]},
      "orbit": {"type": "integer", "description": "Orbit number", "offset": ["acquisition", "platform_orbit"]},
      "sat_row": {
        "type": "integer-range",
        "description": "Landsat row",
        "min_offset": [["image", "satellite_ref_point_start", "y"]],
        "max_offset": [["image", "satellite_ref_point_end", "y"], ["image", "satellite_ref_point_start", "y"]]},
      "sat_path": {
        "type": "integer-range",
        "description": "Landsat path",
        "min_offset": [["image", "satellite_ref_point_start", "x"]],
        "max_offset": [["image", "satellite_ref_point_end", "x"], ["image", "satellite_ref_point_start", "x"]]},
      "platform": {"description": "Platform code", "offset": ["platform", "code"]},
      "instrument": {"description": "Instrument name", "offset": ["instrument", "name"]},
      "product_type": {"description": "Product code", "offset": ["product_type"]}
    }
  }
}$json$);

-- For people who look into the database: one row per active dataset of a metadata type, one column per search field.
set local role agdc_manage;

create view agdc.dv_eo3_dataset as
select dataset.id,
       dataset.added as indexed_time,
       dataset.added_by as indexed_by,
       dataset_type.name as product,
       dataset.dataset_type_ref as dataset_type_id,
       metadata_type.name as metadata_type,
       dataset.metadata_type_ref as metadata_type_id,
       dataset.metadata as metadata_doc,
       agdc.common_timestamp(dataset.metadata #>> '{properties,odc:processing_datetime}') as creation_time,
       dataset.metadata #>> '{properties,odc:file_format}' as format,
       dataset.metadata #>> '{label}' as label,
       agdc.float8range((dataset.metadata #>> '{extent,lat,begin}')::double precision,
                        (dataset.metadata #>> '{extent,lat,end}')::double precision, '[]') as lat,
       agdc.float8range((dataset.metadata #>> '{extent,lon,begin}')::double precision,
                        (dataset.metadata #>> '{extent,lon,end}')::double precision, '[]') as lon,
       tstzrange(least(agdc.common_timestamp(dataset.metadata #>> '{properties,dtr:start_datetime}'),
                       agdc.common_timestamp(dataset.metadata #>> '{properties,datetime}')),
                 greatest(agdc.common_timestamp(dataset.metadata #>> '{properties,dtr:end_datetime}'),
                          agdc.common_timestamp(dataset.metadata #>> '{properties,datetime}')), '[]') as time,
       dataset.metadata #>> '{properties,eo:platform}' as platform,
       dataset.metadata #>> '{properties,eo:instrument}' as instrument,
       (dataset.metadata #>> '{properties,eo:cloud_cover}')::double precision as cloud_cover,
       dataset.metadata #>> '{properties,odc:region_code}' as region_code,
       dataset.metadata #>> '{properties,odc:product_family}' as product_family,
       dataset.metadata #>> '{properties,dea:dataset_maturity}' as dataset_maturity
from agdc.dataset
  join agdc.dataset_type on dataset_type.id = dataset.dataset_type_ref
  join agdc.metadata_type on metadata_type.id = dataset_type.metadata_type_ref
where dataset.archived is null and dataset.metadata_type_ref = 1;

create view agdc.dv_eo_dataset as
select dataset.id,
       dataset.added as indexed_time,
       dataset.added_by as indexed_by,
       dataset_type.name as product,
       dataset.dataset_type_ref as dataset_type_id,
       metadata_type.name as metadata_type,
       dataset.metadata_type_ref as metadata_type_id,
       dataset.metadata as metadata_doc,
       agdc.common_timestamp(dataset.metadata #>> '{creation_dt}') as creation_time,
       dataset.metadata #>> '{format,name}' as format,
       dataset.metadata #>> '{ga_label}' as label,
       agdc.float8range(least((dataset.metadata #>> '{extent,coord,ur,lat}')::double precision,
                              (dataset.metadata #>> '{extent,coord,lr,lat}')::double precision,
                              (dataset.metadata #>> '{extent,coord,ul,lat}')::double precision,
                              (dataset.metadata #>> '{extent,coord,ll,lat}')::double precision),
                        greatest((dataset.metadata #>> '{extent,coord,ur,lat}')::double precision,
                                 (dataset.metadata #>> '{extent,coord,lr,lat}')::double precision,
                                 (dataset.metadata #>> '{extent,coord,ul,lat}')::double precision,
                                 (dataset.metadata #>> '{extent,coord,ll,lat}')::double precision), '[]') as lat,
       agdc.float8range(least((dataset.metadata #>> '{extent,coord,ul,lon}')::double precision,
                              (dataset.metadata #>> '{extent,coord,ur,lon}')::double precision,
                              (dataset.metadata #>> '{extent,coord,ll,lon}')::double precision,
                              (dataset.metadata #>> '{extent,coord,lr,lon}')::double precision),
                        greatest((dataset.metadata #>> '{extent,coord,ul,lon}')::double precision,
                                 (dataset.metadata #>> '{extent,coord,ur,lon}')::double precision,
                                 (dataset.metadata #>> '{extent,coord,ll,lon}')::double precision,
                                 (dataset.metadata #>> '{extent,coord,lr,lon}')::double precision), '[]') as lon,
       tstzrange(least(agdc.common_timestamp(dataset.metadata #>> '{extent,from_dt}'),
                       agdc.common_timestamp(dataset.metadata #>> '{extent,center_dt}')),
                 greatest(agdc.common_timestamp(dataset.metadata #>> '{extent,to_dt}'),
                          agdc.common_timestamp(dataset.metadata #>> '{extent,center_dt}')), '[]') as time,
       dataset.metadata #>> '{platform,code}' as platform,
       dataset.metadata #>> '{instrument,name}' as instrument,
       dataset.metadata #>> '{product_type}' as product_type
from agdc.dataset
  join agdc.dataset_type on dataset_type.id = dataset.dataset_type_ref
  join agdc.metadata_type on metadata_type.id = dataset_type.metadata_type_ref
where dataset.archived is null and dataset.metadata_type_ref = 2;

create view agdc.dv_telemetry_dataset as
select dataset.id,
       dataset.added as indexed_time,
       dataset.added_by as indexed_by,
       dataset_type.name as product,
       dataset.dataset_type_ref as dataset_type_id,
       metadata_type.name as metadata_type,
       dataset.metadata_type_ref as metadata_type_id,
       dataset.metadata as metadata_doc,
       agdc.common_timestamp(dataset.metadata #>> '{creation_dt}') as creation_time,
       dataset.metadata #>> '{format,name}' as format,
       dataset.metadata #>> '{ga_label}' as label,
       dataset.metadata #>> '{acquisition,groundstation,code}' as gsi,
       tstzrange(agdc.common_timestamp(dataset.metadata #>> '{acquisition,aos}'),
                 agdc.common_timestamp(dataset.metadata #>> '{acquisition,los}'), '[]') as time,
       (dataset.metadata #>> '{acquisition,platform_orbit}')::integer as orbit,
       numrange((dataset.metadata #>> '{image,satellite_ref_point_start,y}')::integer,
                greatest((dataset.metadata #>> '{image,satellite_ref_point_end,y}')::integer,
                         (dataset.metadata #>> '{image,satellite_ref_point_start,y}')::integer), '[]') as sat_row,
       dataset.metadata #>> '{platform,code}' as platform,
       numrange((dataset.metadata #>> '{image,satellite_ref_point_start,x}')::integer,
                greatest((dataset.metadata #>> '{image,satellite_ref_point_end,x}')::integer,
                         (dataset.metadata #>> '{image,satellite_ref_point_start,x}')::integer), '[]') as sat_path,
       dataset.metadata #>> '{instrument,name}' as instrument,
       dataset.metadata #>> '{product_type}' as product_type
from agdc.dataset
  join agdc.dataset_type on dataset_type.id = dataset.dataset_type_ref
  join agdc.metadata_type on metadata_type.id = dataset_type.metadata_type_ref
where dataset.archived is null and dataset.metadata_type_ref = 3;

grant select on agdc.dv_eo3_dataset, agdc.dv_eo_dataset, agdc.dv_telemetry_dataset to agdc_user;

set local role none;
