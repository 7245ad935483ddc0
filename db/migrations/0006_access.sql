-- Who may (docs/access.md): the bearer tokens of the REST service, and the database's own logins. The functions are
-- security definer, so that what they reach needs no grant: nobody but the owner reads hashes or makes logins otherwise.
create table hayden.token (
    id         integer generated always as identity primary key,
    hash       bytea not null unique check (octet_length(hash) = 32), -- SHA-256 of the token, which is kept nowhere
    name       text not null check (name <> ''),
    role       text not null check (role in ('agdc_user', 'agdc_ingest', 'agdc_manage', 'agdc_admin')),
    note       text not null,
    created    timestamptz not null default now(),
    created_by text not null,
    expires    timestamptz,
    revoked    timestamptz,
    last_used  timestamptz                                            -- within minutes, not the request
);

-- To the holder of a token what it is good for; agdc_user may ask, but has to know the hash.
create function hayden.find_token(token_hash bytea, out id integer, out name text, out role text, out state text)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.id, t.name, t.role,
           case when t.revoked is not null then 'revoked' when t.expires <= now() then 'expired' else 'valid' end
    from hayden.token t
    where t.hash = token_hash;
$$;

-- Without a name it is called token-<id>. Only agdc_admin may make tokens, so none gives more than its maker has.
create function hayden.create_token(new_hash bytea, new_name text, new_role text, new_note text,
                                    new_expires timestamptz, creator text, out id integer, out name text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.check_role(new_role);
    id = nextval(pg_get_serial_sequence('hayden.token', 'id'));
    name = coalesce(nullif(new_name, ''), 'token-' || id);
    insert into hayden.token (id, hash, name, role, note, expires, created_by) overriding system value
    values (id, new_hash, name, new_role, new_note, new_expires, creator);
end
$$;

create function hayden.list_tokens(out id integer, out name text, out role text, out note text,
                                   out created timestamptz, out created_by text, out expires timestamptz,
                                   out revoked timestamptz, out last_used timestamptz)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.id, t.name, t.role, t.note, t.created, t.created_by, t.expires, t.revoked, t.last_used
    from hayden.token t
    order by t.id;
$$;

-- Whether there is such a token; one that was revoked before keeps its time.
create function hayden.revoke_token(token_id integer) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update hayden.token set revoked = coalesce(revoked, now()) where id = token_id;
    return found;
end
$$;

create function hayden.note_token_use(token_ids jsonb) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update hayden.token t set last_used = now()
    from jsonb_array_elements_text(token_ids) used (id)
    where t.id = used.id::integer;
$$;

-- The logins of the index, as `datacube user list` sees them: direct members of an agdc role, with the highest one they
-- have. A protected one has more rights than the ladder gives, or is Hayden's own; it is shown, never touched.
create function hayden.list_users(out name text, out role text, out description text, out protected boolean)
returns setof record language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select u.rolname,
           (array_agg(g.rolname order by array_position(array['agdc_admin', 'agdc_manage', 'agdc_ingest', 'agdc_user'],
                                                        g.rolname::text)))[1],
           shobj_description(u.oid, 'pg_authid'),
           u.rolsuper or u.rolcreaterole or u.rolcreatedb or u.rolreplication or u.rolbypassrls
           or u.rolname in (current_user, 'hayden_reader')
    from pg_roles u
    join pg_auth_members m on m.member = u.oid
    join pg_roles g on g.oid = m.roleid
    where g.rolname in ('agdc_user', 'agdc_ingest', 'agdc_manage', 'agdc_admin') and u.rolcanlogin
      and u.rolname not like 'agdc\_%'
    group by u.oid, u.rolname, u.rolsuper, u.rolcreaterole, u.rolcreatedb, u.rolreplication, u.rolbypassrls
    order by u.rolname;
$$;

create function hayden.check_role(role_name text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if role_name is null or role_name not in ('agdc_user', 'agdc_ingest', 'agdc_manage', 'agdc_admin') then
        raise invalid_parameter_value using message = 'a role is one of agdc_user, agdc_ingest, agdc_manage, agdc_admin';
    end if;
end
$$;

-- The functions below tell how it ended: 'done', 'absent' (no login of the index has that name), 'protected', 'taken',
-- or 'owner' (objects of this or another database belong to it).

-- `verifier` is what PostgreSQL keeps of a password, so that neither a log nor the server ever sees the password.
create function hayden.create_user(new_name text, new_role text, verifier text, description text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform hayden.check_role(new_role);
    if new_name is null or new_name !~ '^[a-z_][a-z0-9_.@-]{0,62}$' or new_name ~ '^(pg|agdc|hayden)_' then
        raise invalid_parameter_value using message = 'this is no name for a login of the index';
    end if;
    if verifier is null or verifier !~ '^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' then
        raise invalid_parameter_value using message = 'this is no SCRAM-SHA-256 verifier';
    end if;
    execute format('create role %I login password %L in role %I', new_name, verifier, new_role);
    if description <> '' then
        execute format('comment on role %I is %L', new_name, description);
    end if;
    return 'done';
exception when duplicate_object then
    return 'taken';
end
$$;

create function hayden.grant_role(user_name text, new_role text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    concerned record;
    held text;
begin
    perform hayden.check_role(new_role);
    select * into concerned from hayden.list_users() u where u.name = user_name;
    if not found then return 'absent'; end if;
    if concerned.protected then return 'protected'; end if;
    for held in
        select g.rolname from pg_auth_members m join pg_roles g on g.oid = m.roleid
        where m.member = quote_ident(user_name)::regrole and g.rolname <> new_role
          and g.rolname in ('agdc_user', 'agdc_ingest', 'agdc_manage', 'agdc_admin')
    loop
        execute format('revoke %I from %I', held, user_name);
    end loop;
    if not exists (select from pg_auth_members m
                   where m.member = quote_ident(user_name)::regrole and m.roleid = new_role::regrole) then
        execute format('grant %I to %I', new_role, user_name);
    end if;
    return 'done';
end
$$;

create function hayden.drop_user(user_name text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    concerned record;
begin
    select * into concerned from hayden.list_users() u where u.name = user_name;
    if not found then return 'absent'; end if;
    if concerned.protected then return 'protected'; end if;
    execute format('drop role %I', user_name);
    return 'done';
exception when dependent_objects_still_exist then
    return 'owner';
end
$$;

revoke all on function hayden.find_token(bytea), hayden.create_token(bytea, text, text, text, timestamptz, text),
    hayden.list_tokens(), hayden.revoke_token(integer), hayden.note_token_use(jsonb), hayden.list_users(),
    hayden.check_role(text), hayden.create_user(text, text, text, text), hayden.grant_role(text, text),
    hayden.drop_user(text) from public;
grant execute on function hayden.find_token(bytea) to agdc_user;
grant execute on function hayden.create_token(bytea, text, text, text, timestamptz, text), hayden.list_tokens(),
    hayden.revoke_token(integer), hayden.note_token_use(jsonb), hayden.list_users(),
    hayden.create_user(text, text, text, text), hayden.grant_role(text, text), hayden.drop_user(text) to agdc_admin;
