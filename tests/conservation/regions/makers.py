"""Vector files made for tests: good, odd and hostile ones."""

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely

from conservation.regions import geo

SQUARE = shapely.box(113.0, 28.0, 113.01, 28.01)
OTHER = shapely.box(113.02, 28.0, 113.03, 28.01)
BOWTIE = shapely.Polygon([(113, 28), (113.01, 28.01), (113.01, 28), (113, 28.01)])


def written(driver, ending, geoms, fields=None, *, crs="EPSG:4490", geometry_type="Polygon", layer=None, **options):
    """Files that GDAL writes, as {ending: bytes}."""
    fields = fields or {"NAME": np.array([f"row{n}" for n in range(len(geoms))], dtype=object)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"made{ending}"
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(geoms, dtype=object)),
            list(fields.values()),
            list(fields),
            driver=driver,
            crs=crs,
            geometry_type=geometry_type,
            layer=layer,
            **options,
        )
        return {one.suffix: one.read_bytes() for one in Path(folder).iterdir()}


def shapefile(geoms, fields=None, *, encoding="UTF-8", **options):
    return written("ESRI Shapefile", ".shp", geoms, fields, encoding=encoding, **options)


def packed(entries, *, utf8_names=True):
    """A zip of {name: bytes}; without ``utf8_names`` the names are GBK bytes and carry no flag."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name) if utf8_names else _GbkInfo(name)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


class _GbkInfo(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):  # noqa: N802 (the standard library's name)
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


def shape_zip(geoms, fields=None, *, stem="范围", without=(), extra=None, utf8_names=True, **options):
    """A zipped shapefile; ``without`` endings are left out, ``extra`` entries put in or over."""
    parts = {f"{stem}{ending}": data for ending, data in shapefile(geoms, fields, **options).items()}
    entries = {name: data for name, data in parts.items() if not name.endswith(tuple(without) or ("?",))}
    return packed({**entries, **(extra or {})}, utf8_names=utf8_names)


def geopackage(layers, *, crs="EPSG:4490", geometry_type="Polygon"):
    """A GeoPackage of {layer: geometries}."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.gpkg"
        for number, (name, geoms) in enumerate(layers.items()):
            pyogrio.raw.write(
                path,
                shapely.to_wkb(np.array(geoms, dtype=object)),
                [np.arange(len(geoms))],
                ["n"],
                driver="GPKG",
                crs=crs,
                geometry_type=geometry_type,
                layer=name,
                append=number > 0,
            )
        return path.read_bytes()


def projected(geom, epsg):
    return geo.transform(geom, 4490, epsg)


def kml(body, head=""):
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2">{body}</kml>'.encode()


def kml_polygon(geom, name="地块"):
    points = " ".join(f"{x},{y},10" for x, y in geom.exterior.coords)
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{points}</coordinates></LinearRing></outerBoundaryIs>"
    return f"<Placemark><name>{name}</name><Polygon>{ring}</Polygon></Placemark>"


def set_flag(data, flag):
    """Set a general-purpose flag in every local and central header of a zip."""
    held = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = held.find(mark)
        while at >= 0:
            old = struct.unpack_from("<H", held, at + offset)[0]
            struct.pack_into("<H", held, at + offset, old | flag)
            at = held.find(mark, at + 4)
    return bytes(held)
