-- What free text finds Items by: title, description and keywords, and what they were made with. Strict, so that it is
-- called and not copied into the statement: only so does the planner know what it costs to do without the index.
create function stac.words_of(properties jsonb) returns tsvector language sql immutable strict parallel safe cost 10000
return to_tsvector('simple'::regconfig, left(
    coalesce(properties ->> 'title', '') || ' ' || coalesce(properties ->> 'description', '') || ' ' ||
    coalesce(properties ->> 'keywords', '') || ' ' || coalesce(properties ->> 'constellation', '') || ' ' ||
    coalesce(properties ->> 'platform', '') || ' ' || coalesce(properties ->> 'mission', '') || ' ' ||
    coalesce(properties ->> 'instruments', ''), 100000));
