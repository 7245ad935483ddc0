-- What searches are sorted by, besides what filters take (0016). An index on a property says the same words as
-- src/db/order_sql.cpp.

-- What Items are sorted by where nobody has said of what type a property is: its value, in the order of jsonb. Of text
-- only the beginning counts, so that page tokens stay short and an index can hold it.
create function stac.scalar_of(value jsonb) returns jsonb language sql immutable parallel safe
return case jsonb_typeof(value) when 'number' then value when 'boolean' then value
                                when 'string' then to_jsonb(left(value #>> '{}', 256)) end;
