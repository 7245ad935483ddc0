-- hayden: no transaction
create index concurrently if not exists item_default_words on stac.item_default using gin (stac.words_of(properties));
analyze stac.item_default;
