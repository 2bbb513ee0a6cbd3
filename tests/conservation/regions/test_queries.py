from datetime import UTC, date, datetime

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry

from conservation.regions import actions, queries
from conservation.regions.geo import transform
from conservation.regions.models import Division, Zone
from tests.conservation.regions.fixtures import load_hunan, load_zones

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
INNER = shapely.Point(112.75, 27.75)


@pytest.fixture(autouse=True)
def hunan(db):
    load_hunan()
    load_zones()


def shape(code):
    return shapely.from_wkb(bytes(Division.objects.current().get(code=code).geom.wkb))


def line_between(a, b):
    return shape(a).boundary.intersection(shape(b).boundary.buffer(1e-7))


def small(point, size=0.0005):
    return shapely.box(point.x - size, point.y - size, point.x + size, point.y + size)


class TestDivisionOf:
    def test_inside_one_county(self):
        found = queries.division_of(small(shape("430181").point_on_surface()))
        assert [(one.division.code, one.near) for one in found] == [("430181", False)]
        assert found[0].share == pytest.approx(1)

    def test_a_point(self):
        assert [d.code for d, share in queries.division_of(shape("430181").point_on_surface())] == ["430181"]

    def test_across_a_line_by_share(self):
        on_line = shapely.line_interpolate_point(
            shapely.line_merge(line_between("430102", "430111")), 0.5, normalized=True
        )
        found = queries.division_of(small(on_line), near=False)
        assert {one.division.code for one in found} >= {"430102", "430111"}
        assert sum(one.share for one in found) == pytest.approx(1, abs=1e-6)
        assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)

    def test_county_within_500_m_is_proposed(self):
        boundary = shape("430181").intersection(shape("430121").buffer(0.004))
        point = boundary.difference(shape("430121").buffer(0.002)).representative_point()
        patch = small(point, 0.0001)
        assert [(d.code) for d, _share in queries.division_of(patch, near=False)] == ["430181"]
        near = [one for one in queries.division_of(patch) if one.near]
        assert "430121" in {one.division.code for one in near}
        assert {one.share for one in near} == {0.0}

    def test_far_from_any_line_nothing_else(self):
        assert len(queries.division_of(small(shape("430181").point_on_surface()))) == 1

    def test_other_reference_systems_and_geos(self):
        box = small(shape("430181").point_on_surface())
        mercator = shapely.set_srid(transform(box, 4490, 3857), 3857)
        geos = GEOSGeometry(box.wkt, srid=4490)
        for geom in (mercator, geos):
            assert [d.code for d, _share in queries.division_of(geom)] == ["430181"]

    def test_where_no_county_is_known_the_province_is_proposed(self):
        found = queries.division_of(shapely.box(114.3, 30.5, 114.31, 30.51))
        assert [(one.division.code, one.share) for one in found] == [("420000", pytest.approx(1))]

    def test_at_sea(self):
        assert queries.division_of(shapely.box(125, 20, 125.1, 20.1)) == []

    def test_on_a_day_before_the_list(self):
        found = queries.division_of(small(shape("430181").point_on_surface()), on=date(2019, 5, 1))
        assert [d.code for d, _share in found] == ["430181"]


class TestCodes:
    def test_subtree(self):
        codes = set(queries.subtree("430100").values_list("code", flat=True))
        assert len(codes) == 10 and {"430100", "430102"} <= codes
        assert queries.subtree("430102").get().code == "430102"
        assert queries.subtree("430000").count() == 1 + 14 + 122

    def test_resolve(self):
        assert queries.resolve("430102").full_name == "湖南省长沙市芙蓉区"
        assert queries.resolve("430102", on=date(2001, 1, 1)).code == "430102"
        assert queries.resolve("123456") is None

    def test_resolve_a_code_that_was_given_up(self):
        actions.load_packaged(NOW, ["35"])
        assert queries.resolve("350427").name == "沙县区"

    def test_resolve_follows_successors(self):
        old = Division.objects.get(code="430103")
        new = Division.objects.get(code="430102")
        Division.objects.filter(pk=old.pk).update(valid_to=date(2026, 1, 1), successor=new)
        assert queries.resolve("430103") == new
        assert queries.resolve("430103", on=date(2025, 6, 1)) == old

    def test_search(self):
        assert [one.code for one in queries.search("芙蓉")] == ["430102"]
        assert queries.search("4301").count() == 10
        assert queries.search(" ").count() == Division.objects.current().count()


class TestWithin:
    def test_inside_and_outside(self):
        inside = small(shape("430181").point_on_surface())
        assert queries.within("430181", inside) and queries.within("430000", inside)
        assert not queries.within("430102", inside)
        assert queries.outside_share("430181", inside) == 0
        assert queries.outside_share("430102", inside) == pytest.approx(1)

    def test_across_the_line(self):
        west = shape("430181")
        x, _y, _x1, _y1 = west.bounds
        point = west.boundary.interpolate(0.3, normalized=True)
        box = small(point, 0.01)
        share = queries.outside_share("430181", box)
        assert 0 < share < 1
        assert share == pytest.approx(1 - west.intersection(box).area / box.area, abs=1e-6)
        assert queries.within("430181", box, tolerance=share + 0.001)
        assert not queries.within("430181", box)

    def test_unknown_division_holds_nothing(self):
        assert queries.outside_share("999999", INNER) is None
        assert not queries.within("999999", INNER)


class TestZones:
    def test_hunan_is_divided_and_says_so(self):
        found = queries.level1_zone_of("430102")
        assert [(one.zone.key, one.whole, one.mark) for one in found] == [
            ("southern_red_soil", False, "unverified"),
            ("southwest_purple_soil", False, "unverified"),
        ]

    def test_a_county_named_in_a_decision(self):
        found = queries.level1_zone_of("430903")
        assert [(one.zone.key, one.whole, one.mark) for one in found] == [("southern_red_soil", True, "secondary")]

    @pytest.mark.parametrize(("code", "keys"), [("460000", ["southern_red_soil"]), ("810000", []), ("", [])])
    def test_other_places(self, code, keys):
        assert [one.zone.key for one in queries.level1_zone_of(code)] == keys

    def test_by_shape(self):
        found = queries.level1_zone_of(small(shape("430903").point_on_surface()))
        assert [one.zone.key for one in found] == ["southern_red_soil"]

    def test_a_drawn_extent_goes_first(self):
        zone = actions.make_zone_of_divisions(Zone.objects.get(code="VI"), ["433101"], demonstration=True)
        found = queries.level1_zone_of(small(shape("433101").point_on_surface()))
        assert [(one.zone, one.whole, one.mark) for one in found] == [(zone, True, "verified")]

    def test_key_zones_touched(self):
        zone = actions.make_zone_of_divisions(Zone.objects.get(code="NC14"), ["430381"], demonstration=True)
        found = queries.zones_touched(small(shape("430381").point_on_surface()))
        assert [(one.code, share) for one, share in found] == [("NC14", 1.0)]
        assert queries.zones_touched(small(shape("430102").point_on_surface())) == []
        assert zone in Zone.objects.key_zones()
