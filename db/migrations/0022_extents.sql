-- The extents of Items that were stored before, on its own as it reads all Items.
insert into stac.extent (collection, west, south, east, north, starts, ends)
select i.collection, min(st_xmin(i.geometry)), min(st_ymin(i.geometry)), max(st_xmax(i.geometry)), max(st_ymax(i.geometry)),
       min(i.datetime), max(i.end_datetime)
from stac.item i where i.archived is null group by i.collection;
