"""GeoTIFFs for scenes of which only the metadata exists, and what datacube loads from them.

The scripts run in the client's interpreter (rasterio is there). A raster is of the scene's full size but nearly all of it
is a hole in the file; only the WINDOW holds values, each of which tells where it lies.
"""

WINDOW = {"row": 2000, "column": 3000, "height": 120, "width": 160}

# Reads {"product", "window"}; finds a dataset of the product, writes the raster of each measurement that the test asks for
# where the dataset says it lies. Prints its {"id", "datetime", "crs", "transform"}.
WRITE = """
import json, sys
from urllib.parse import urljoin, urlparse
import numpy
import rasterio
from rasterio.windows import Window
from datacube import Datacube

asked = json.load(sys.stdin)
datacube = Datacube()
dataset = datacube.find_datasets(product=asked["product"], limit=1)[0]
document = dataset.metadata_doc
grid = document["grids"]["default"]
window = asked["window"]
rows, columns = numpy.mgrid[
    window["row"] : window["row"] + window["height"], window["column"] : window["column"] + window["width"]
]
values = {
    "red": 7000 + (rows * 31 + columns * 17) % 20000,
    "nir08": 7000 + (rows * 13 + columns * 29) % 20000,
    # Cloud (bit 3) on the left of column 80, clear (bit 6) on the right of it.
    "qa_pixel": numpy.where(columns - window["column"] < 80, 1 << 3, 1 << 6),
}
for name, value in values.items():
    path = urlparse(urljoin(dataset.uris[0], document["measurements"][name]["path"])).path
    with rasterio.open(
        path, "w", driver="GTiff", dtype="uint16", count=1, tiled=True, blockxsize=256, blockysize=256,
        compress="deflate", sparse_ok=True, nodata=0 if name != "qa_pixel" else 1, crs=document["crs"],
        height=grid["shape"][0], width=grid["shape"][1], transform=rasterio.Affine(*grid["transform"][:6]),
    ) as raster:
        raster.write(value.astype("uint16"), 1, window=Window(
            window["column"], window["row"], window["width"], window["height"]))
print(json.dumps({
    "id": str(dataset.id), "datetime": document["properties"]["datetime"], "crs": document["crs"],
    "transform": grid["transform"],
}))
"""

# Loads the window pixel by pixel in the scene's own projection; prints its values.
LOAD_WINDOW = """
import json, sys, warnings
warnings.simplefilter("ignore")
from datacube import Datacube
from datacube.utils import masking

asked = json.load(sys.stdin)
a, _, left, _, e, top = asked["transform"][:6]
window = asked["window"]
x = left + a * window["column"], left + a * (window["column"] + window["width"])
y = top + e * window["row"], top + e * (window["row"] + window["height"])
inset = a / 4
data = Datacube().load(
    product=asked["product"], time=asked["datetime"][:10], measurements=["red", "nir", "qa_pixel"],
    x=(x[0] + inset, x[1] - inset), y=(y[0] - inset, y[1] + inset), crs=asked["crs"],
    output_crs=asked["crs"], resolution=(e, a), align=(top % a, left % a),
)
cloud = masking.make_mask(data.qa_pixel, cloud=True)
print(json.dumps({
    "red": data.red[0].values.tolist(), "nir": data.nir[0].values.tolist(), "cloud": cloud[0].values.tolist(),
    "nodata": data.red.nodata, "flags": sorted(masking.get_flags_def(data.qa_pixel)),
    "first": [float(data.x[0]), float(data.y[0])],
}))
"""

# Loads a smaller piece of the window without naming a projection: the product's own hints decide. Prints the share of the
# pixels with the value of the source pixel under their centre.
LOAD_AS_HINTED = """
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy
from pyproj import Transformer
from datacube import Datacube

asked = json.load(sys.stdin)
a, _, left, _, e, top = asked["transform"][:6]
window = asked["window"]
to_degrees = Transformer.from_crs(asked["crs"], "epsg:4326", always_xy=True)
lon, lat = to_degrees.transform(
    [left + a * (window["column"] + each) for each in (50, window["width"] - 50)],
    [top + e * (window["row"] + each) for each in (40, window["height"] - 40)],
)
data = Datacube().load(
    product=asked["product"], time=asked["datetime"][:10], measurements=["red"],
    lon=(min(lon), max(lon)), lat=(min(lat), max(lat)),
)
crs = (data.geobox if hasattr(data, "geobox") else data.odc.geobox).crs.epsg
x, y = numpy.meshgrid(data.x.values, data.y.values)
back = Transformer.from_crs(crs, asked["crs"], always_xy=True)
x, y = back.transform(x, y)
columns, rows = numpy.floor((x - left) / a).astype(int), numpy.floor((y - top) / e).astype(int)
same = data.red[0].values == 7000 + (rows * 31 + columns * 17) % 20000
print(json.dumps({"crs": crs, "pixels": int(same.size), "share": float(same.mean()),
                  "resolution": [float(data.y[1] - data.y[0]), float(data.x[1] - data.x[0])]}))
"""
