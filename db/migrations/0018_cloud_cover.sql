-- hayden: no transaction
-- Sorting by cloud cover, and searches for little of it. The name is that which stac.property_indexes() gives it.
create index concurrently if not exists item_default_ec6e79f256 on stac.item_default
    ((stac.number_of(properties -> 'eo:cloud_cover')), collection, id);
analyze stac.item_default;
