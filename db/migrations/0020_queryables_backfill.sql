-- The properties of Items that were stored before. On its own, as it reads all Items: the locks that making triggers takes
-- are gone by now.
insert into stac.property (collection, name, type)
select distinct i.collection, p.key, jsonb_typeof(p.value)
from stac.item i cross join jsonb_each(i.properties) p
where not exists (select from stac.property k
                  where k.collection = i.collection and k.name = p.key and k.type = jsonb_typeof(p.value));
