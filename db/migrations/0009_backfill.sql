-- What foreign clients wrote before the triggers of 0005 were there. On its own, as it reads all datasets: the locks that
-- making triggers takes are gone by now.
insert into hayden.outbox (dataset_type)
select id from agdc.dataset_type t where not exists (select from stac.collection_product p where p.dataset_type = t.id);
insert into hayden.outbox (dataset_id)
select id from agdc.dataset d where d.archived is null and not exists (select from stac.item i where i.dataset_id = d.id);
