"""Documents as users of the Open Data Cube write them: a metadata type, a product, and datasets of small scenes."""

import copy
import uuid

METADATA_TYPE = {
    "name": "eo3_landsat",
    "description": "EO3 for Landsat, with path and row",
    "dataset": {
        "id": ["id"],
        "label": ["label"],
        "creation_dt": ["properties", "odc:processing_datetime"],
        "format": ["properties", "odc:file_format"],
        "sources": ["lineage", "source_datasets"],
        "grid_spatial": ["grid_spatial", "projection"],
        "measurements": ["measurements"],
        "search_fields": {
            "platform": {"offset": ["properties", "eo:platform"], "indexed": False, "description": "Platform"},
            "cloud_cover": {"type": "double", "offset": ["properties", "eo:cloud_cover"], "description": "In percent"},
            "region_code": {"offset": ["properties", "odc:region_code"], "description": "Path and row"},
            "time": {
                "type": "datetime-range",
                "min_offset": [["properties", "dtr:start_datetime"], ["properties", "datetime"]],
                "max_offset": [["properties", "dtr:end_datetime"], ["properties", "datetime"]],
                "description": "Acquisition time",
            },
            "lat": {
                "type": "double-range",
                "min_offset": [["extent", "lat", "begin"]],
                "max_offset": [["extent", "lat", "end"]],
                "description": "Latitude",
            },
            "lon": {
                "type": "double-range",
                "min_offset": [["extent", "lon", "begin"]],
                "max_offset": [["extent", "lon", "end"]],
                "description": "Longitude",
            },
        },
    },
}


def metadata_type(name="eo3_landsat"):
    return copy.deepcopy(METADATA_TYPE) | {"name": name}


def product(name, metadata_type="eo3_landsat"):
    return {
        "name": name,
        "description": f"Surface reflectance of {name}",
        "metadata_type": metadata_type,
        "metadata": {"product": {"name": name}},
        "measurements": [
            {"name": "red", "dtype": "int16", "nodata": -999, "units": "1", "aliases": ["band_4"]},
            {"name": "qa_pixel", "dtype": "uint16", "nodata": 1, "units": "bit_index"},
        ],
    }


def dataset(product, day, column=0, cloud_cover=10.0, sources=None):
    """A scene of 60 by 50 pixels of 30 m on that day (2023-05-01); `column` moves it east by its own width."""
    left = 500_100 + column * 1_800
    return {
        "$schema": "https://schemas.opendatacube.org/dataset",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{product}/{day}/{column}")),
        "label": f"{product}-{day}-{column}",
        "product": {"name": product},
        "crs": "epsg:32610",
        "grids": {"default": {"shape": [50, 60], "transform": [30.0, 0.0, left, 0.0, -30.0, 5_001_000.0, 0, 0, 1]}},
        "properties": {
            "datetime": f"{day}T18:50:00.000000Z",
            "odc:processing_datetime": f"{day}T23:00:00.000000Z",
            "odc:file_format": "GeoTIFF",
            "odc:region_code": "046028",
            "eo:platform": "landsat-8",
            "eo:instrument": "OLI_TIRS",
            "eo:cloud_cover": cloud_cover,
        },
        "measurements": {"red": {"path": "red.tif"}, "qa_pixel": {"path": "qa_pixel.tif"}},
        "lineage": sources or {},
    }
