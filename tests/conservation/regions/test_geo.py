import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from conservation.errors import Refused
from conservation.regions import crs, geo
from conservation.regions.prefixes import code_level, code_prefix, is_under, province_of

TABLE = Path(__file__).parent / "data" / "ex_cgcs2000_vectors.csv"
VECTORS = list(csv.DictReader(TABLE.read_text("utf-8").splitlines()))
SQUARE = shapely.box(116, 39, 116.01, 39.01)


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["epsg"])
def test_published_coordinates(row):
    lon, lat, epsg = float(row["lon"]), float(row["lat"]), int(row["epsg"])
    point = geo.transform(shapely.Point(lon, lat), 4490, epsg)
    assert point.x == pytest.approx(float(row["easting_m"]), abs=0.001)
    assert point.y == pytest.approx(float(row["northing_m"]), abs=0.001)
    back = geo.to_4490(point, epsg)
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize(
    ("lon", "zone", "epsg"),
    [
        (114.60, 38, 4547),
        (120.0, 40, 4549),
        (73.5, 25, 4534),
        (136.49, 45, 4554),
        (112.5, 38, 4547),
        (112.49, 37, 4546),
    ],
)
def test_zone_of_a_longitude(lon, zone, epsg):
    assert geo.zone3(lon) == zone
    assert geo.epsg_3deg(lon) == epsg


@pytest.mark.parametrize("lon", [73.4, 136.6, 0, -120])
def test_no_zone_outside_china(lon):
    with pytest.raises(ValueError):
        geo.epsg_3deg(lon)


def test_geodesic_area_of_the_published_square():
    assert geo.geodesic_area_ha(SQUARE) == pytest.approx(96.162033, abs=1e-4)
    assert geo.geodesic_area_ha(SQUARE.reverse()) == pytest.approx(96.162033, abs=1e-4)


def test_area_takes_holes_off_and_adds_parts():
    hole = shapely.box(116.002, 39.002, 116.004, 39.004)
    holed = shapely.MultiPolygon([SQUARE.difference(hole), shapely.box(117, 39, 117.01, 39.01)])
    expected = 2 * geo.geodesic_area_ha(SQUARE) - geo.geodesic_area_ha(hole)
    assert geo.geodesic_area_ha(holed) == pytest.approx(expected, rel=1e-9)
    assert geo.geodesic_area_ha(shapely.Point(116, 39)) == 0


def test_area_in_the_zone_is_that_of_its_projection():
    assert geo.area_ha_3deg(SQUARE) == pytest.approx(geo.transform(SQUARE, 4490, 4548).area / 1e4)
    assert geo.area_ha_3deg(SQUARE) == pytest.approx(geo.geodesic_area_ha(SQUARE), rel=5e-4)
    assert geo.area_ha_3deg(shapely.Polygon()) == 0


def test_areas_of_an_array_agree_with_single_ones():
    geoms = [SQUARE, shapely.box(110, 28, 110.01, 28.01), shapely.box(113, 28, 113.02, 28.01), shapely.Polygon(), None]
    found = geo.areas_ha_3deg(np.array(geoms, dtype=object))
    assert found[:3] == pytest.approx([geo.area_ha_3deg(one) for one in geoms[:3]])
    assert list(found[3:]) == [0, 0]


def test_heights_are_dropped():
    assert not geo.to_4490(shapely.force_3d(SQUARE, 7), 4490).has_z
    assert not geo.to_4490(geo.transform(shapely.force_3d(SQUARE, 7), 4490, 4526), 4526).has_z


@given(st.floats(73.6, 136.4))
def test_zone_is_the_nearest_meridian(lon):
    assert abs(lon - 3 * geo.zone3(lon)) <= 1.5
    assert geo.epsg_3deg(lon) in geo.supported_epsg()


@pytest.mark.parametrize("epsg", sorted(geo.supported_epsg()))
@pytest.mark.parametrize("version", ["WKT1_ESRI", "WKT2_2019", "WKT1_GDAL"])
def test_every_spelling_is_recognised(epsg, version):
    found = crs.resolve(CRS.from_epsg(epsg).to_wkt(version))
    assert CRS.from_epsg(found).coordinate_operation == CRS.from_epsg(epsg).coordinate_operation
    assert found == epsg or 4502 <= epsg <= 4512  # a 6° zone by meridian is the 3° zone of the same meridian


def test_esri_name_with_a_wrong_name_goes_by_its_numbers():
    text = CRS.from_epsg(4526).to_wkt("WKT1_ESRI").replace("CGCS2000_3_Degree_GK_Zone_38", "my_zone")
    assert crs.resolve(text) == 4526


def test_shifted_false_easting_is_refused():
    text = CRS.from_epsg(4526).to_wkt("WKT1_ESRI").replace("38500000.0", "38600000.0")
    with pytest.raises(Refused):
        crs.resolve(text)


@pytest.mark.parametrize(
    ("code", "prefix", "level"),
    [
        ("430000", "43", 1),
        ("430100", "4301", 2),
        ("430102", "430102", 3),
        ("429004", "429004", 3),
        ("441900", "4419", 2),
        ("430102001", "430102001", 3),
        ("430102001000", "430102001", 3),
        ("430102000000", "430102", 3),
        ("430000000000", "43", 1),
        ("XPCC0101", "XPCC0101", 3),
        ("", "", 3),
    ],
)
def test_prefix_and_level_of_a_code(code, prefix, level):
    assert code_prefix(code) == prefix
    assert code_level(code) == level


def test_under():
    assert is_under("430102", "430000") and is_under("430102", "430100") and is_under("430102", "430102")
    assert not is_under("430200", "430100") and not is_under("430000", "430100")
    assert not is_under("430102", "")
    assert province_of("430102") == "430000"
