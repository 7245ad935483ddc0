-- Landsat products that were made before their definition had load hints get them (src/odc/landsat_product.cpp), so that
-- `dc.load(product=…)` needs no output_crs. Products that somebody gave hints or a storage section keep theirs.
update agdc.dataset_type t
set definition = t.definition || jsonb_build_object('load', jsonb_build_object(
        'crs', 'EPSG:6933',
        'resolution', jsonb_build_object('y', -p.pixel, 'x', p.pixel),
        'align', jsonb_build_object('y', 0, 'x', 0)))
from (values ('landsat_c2_l1_oli_tirs', 30), ('landsat_c2_l1_oli', 30), ('landsat_c2_l1_tirs', 30), ('landsat_c2_l1_etm', 30),
             ('landsat_c2_l1_tm', 30), ('landsat_c2_l1_mss', 60), ('landsat_c2_l2_oli_tirs', 30), ('landsat_c2_l2_etm', 30),
             ('landsat_c2_l2_tm', 30), ('landsat_c2_l2_oli_tirs_sr', 30), ('landsat_c2_l2_etm_sr', 30),
             ('landsat_c2_l2_tm_sr', 30), ('landsat_c2_l2_oli', 30)) p (name, pixel)
where t.name = p.name and not t.definition ?| array['load', 'storage'];
