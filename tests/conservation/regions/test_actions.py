import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import shapely

from conservation.errors import Forbidden, Refused
from conservation.history.models import Event
from conservation.regions import actions
from conservation.regions.geo import geodesic_area_ha
from conservation.regions.models import Division, DivisionLoad, Zone
from tests.conservation.regions.fixtures import load_hunan, load_zones
from tests.conservation.regions.makers import shape_zip

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
VINTAGE = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def hunan(db):
    load_hunan()


def shape_of(code):
    return shapely.from_wkb(bytes(Division.objects.current().get(code=code).geom.wkb))


def changsha():
    """Codes, names and shapes of the nine counties of Changsha."""
    rows = Division.objects.current().filter(code__startswith="4301", level=3).order_by("code")
    return [(row.code, row.name, shapely.from_wkb(bytes(row.geom.wkb))) for row in rows]


def layer(rows, **columns):
    codes, names, geoms = zip(*rows, strict=True)
    fields = {"行政区划代码"[:3]: np.array(codes, dtype=object), "名称": np.array(names, dtype=object)}
    return geojson(codes, names, geoms, columns) if columns else shape_zip(list(geoms), _named(fields))


def _named(fields):
    return {"XZQDM": fields["行政区"], "XZQMC": fields["名称"]}


def geojson(codes, names, geoms, columns):
    features = [
        {
            "type": "Feature",
            "properties": {"代码": code, "名称": name, **{key: values[n] for key, values in columns.items()}},
            "geometry": shapely.geometry.mapping(geom) if geom is not None else None,
        }
        for n, (code, name, geom) in enumerate(zip(codes, names, geoms, strict=True))
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def load(data, vintage=VINTAGE, filename="layer.zip", **kwargs):
    if data[:1] == b"{":
        filename = "layer.geojson"
    return actions.load_divisions(data, vintage, NOW, filename=filename, **kwargs)


def faults(data, **kwargs):
    before = list(Division.objects.values_list("id", "valid_from", "valid_to").order_by("id"))
    with pytest.raises(Refused) as caught:
        load(data, **kwargs)
    assert list(Division.objects.values_list("id", "valid_from", "valid_to").order_by("id")) == before
    return caught.value.faults


class TestPackaged:
    def test_one_province_and_all_outlines(self):
        held = Division.objects.current()
        assert held.filter(level=1).count() == 34
        assert held.filter(level=2, code__startswith="43").count() == 14
        assert held.filter(level=3, code__startswith="43").count() == 122
        assert not held.filter(level__gt=1).exclude(code__startswith="43").exists()

    def test_derived_columns(self):
        row = Division.objects.get(code="430102")
        assert float(row.area_ha) == pytest.approx(geodesic_area_ha(shape_of("430102")), rel=1e-6)
        assert row.geom.srid == 4490 and row.geom_3857.srid == 3857 and row.geom_low.srid == 3857
        assert row.geom_low.num_coords < row.geom_3857.num_coords
        assert row.parent.code == "430100" and row.parent.parent.code == "430000"
        assert row.leaf and not row.parent.leaf

    def test_again_changes_nothing(self):
        assert actions.load_packaged(NOW, ["43"])["loaded"] == 0

    def test_unknown_province(self):
        with pytest.raises(Refused) as caught:
            actions.load_packaged(NOW, ["99"])
        assert caught.value.faults[0].key == "province"

    def test_customers_rows_are_left_alone(self):
        rows = changsha()
        load(layer([(code, f"新{name}", geom) for code, name, geom in rows]))
        actions.load_packaged(NOW, ["43"])
        assert Division.objects.current().get(code="430102").name == "新芙蓉区"

    def test_counties_under_a_province_and_cities_without_counties(self):
        actions.load_packaged(NOW, ["42", "44"])
        assert Division.objects.get(code="429004").parent.code == "420000"
        assert Division.objects.get(code="441900").leaf


class TestOwnLayer:
    def test_the_same_boundaries_change_nothing(self):
        rows = changsha()
        assert load(layer(rows)) == {"loaded": 9, "changed": 0, "added": 0, "retired": 0, "derived": 0}

    def test_a_new_boundary_closes_the_old_one(self):
        rows = changsha()
        code, name, geom = rows[-1]
        smaller = geom.buffer(-0.001)
        counts = load(layer([*rows[:-1], (code, name, smaller)]))
        assert (counts["loaded"], counts["changed"], counts["retired"]) == (9, 1, 0)
        old, new = Division.objects.filter(code=code).order_by("valid_from")
        assert (old.valid_to, old.packaged, old.successor) == (VINTAGE, True, new)
        assert (new.valid_from, new.valid_to, new.packaged, new.leaf) == (VINTAGE, None, False, True)
        assert new.parent.code == "430100" and new.full_name == old.full_name
        assert float(new.area_ha) == pytest.approx(geodesic_area_ha(shape_of(code)), rel=1e-6)
        assert Division.objects.on(date(2020, 1, 1)).get(code=code) == old
        assert Division.objects.on(VINTAGE - timedelta(days=1)).get(code=code) == old
        assert Division.objects.on(VINTAGE).get(code=code) == new

    def test_the_city_gets_the_outline_of_its_new_counties(self):
        rows = changsha()
        code, name, geom = rows[-1]
        load(layer([*rows[:-1], (code, name, geom.buffer(-0.001))]))
        union = shapely.union_all([one[2] for one in changsha()])
        assert shape_of("430100").symmetric_difference(union).area < 1e-9
        assert Division.objects.current().get(code="430102").parent == Division.objects.current().get(code="430100")

    def test_an_outline_of_the_customers_own_is_kept(self):
        city = shape_of("430100").buffer(0.0001)
        load(layer([("430100", "长沙市", city)]), vintage=date(2026, 5, 1))
        rows = changsha()
        counts = load(layer([*rows[:-1], (rows[-1][0], rows[-1][1], rows[-1][2].buffer(-0.001))]))
        assert counts["derived"] == 0
        assert Division.objects.current().get(code="430100").valid_from == date(2026, 5, 1)

    def test_merged_counties_retire_with_a_successor(self):
        rows = changsha()
        joined = shapely.union_all([rows[0][2], rows[1][2]])
        counts = load(layer([("430102", "新芙蓉区", joined), *rows[2:]]))
        assert (counts["loaded"], counts["changed"], counts["retired"]) == (8, 1, 1)
        gone = Division.objects.get(code="430103")
        assert gone.valid_to == VINTAGE
        assert gone.successor == Division.objects.current().get(code="430102")
        assert Division.objects.current().filter(code__startswith="4301", level=3).count() == 8
        assert Division.objects.current().filter(code__startswith="4302", level=3).exists()

    def test_new_unit_and_recoded_unit(self):
        rows = changsha()
        code, name, geom = rows[-1]
        counts = load(layer([*rows[:-1], ("430183", name, geom)], 原代码=[""] * 8 + [code]))
        assert (counts["changed"], counts["added"], counts["retired"]) == (0, 1, 1)
        assert Division.objects.get(code=code).successor.code == "430183"

    def test_a_whole_province_retires_what_it_does_not_hold(self):
        rows = [("430000", "湖南省", shape_of("430000")), ("430100", "长沙市", shape_of("430100")), *changsha()]
        counts = load(layer(rows, 级别=["省", "市"] + ["区县"] * 9))
        assert counts["loaded"] == 11
        assert counts["retired"] == 13 + 122 - 9
        assert Division.objects.current().filter(code__startswith="43").count() == 11

    def test_the_same_day_again_corrects_in_place(self):
        rows = changsha()
        code, name, geom = rows[-1]
        load(layer([*rows[:-1], (code, name, geom.buffer(-0.001))]))
        load(layer([*rows[:-1], (code, name, geom.buffer(-0.002))]))
        assert Division.objects.filter(code=code).count() == 2

    def test_an_older_layer_replaces_the_packaged_one_in_place(self):
        rows = changsha()
        code, name, geom = rows[-1]
        load(layer([*rows[:-1], (code, name, geom.buffer(-0.001))]), vintage=date(2023, 1, 1))
        row = Division.objects.get(code=code)
        assert (row.valid_from, row.packaged) == (date(2023, 1, 1), False)

    def test_not_older_than_what_the_customer_has_loaded(self):
        rows = changsha()
        changed = [*rows[:-1], (rows[-1][0], rows[-1][1], rows[-1][2].buffer(-0.001))]
        load(layer(changed))
        found = faults(layer(rows), vintage=date(2026, 1, 1))
        assert {fault.key for fault in found} == {"vintage"}
        assert [rows[-1][0]] == [str(fault.message)[:6] for fault in found]

    def test_numbers_as_codes_and_projected_coordinates(self):
        rows = changsha()
        fields = {
            "PAC": np.array([int(row[0]) for row in rows]),
            "NAME": np.array([row[1] for row in rows], dtype=object),
        }
        from tests.conservation.regions.makers import projected

        data = shape_zip(
            [projected(row[2], 4526) for row in rows], fields, crs="EPSG:4526", encoding="GBK", without=(".cpg",)
        )
        assert load(data)["loaded"] == 9

    def test_it_is_recorded(self):
        load(layer(changsha()))
        record = DivisionLoad.objects.get()
        assert (record.loaded, record.vintage, record.file_name) == (9, VINTAGE, "layer.zip")
        event = Event.objects.get(subject_type="division-load", subject_id=str(record.pk))
        assert event.act == "regions.load_divisions" and event.data["loaded"] == 9

    def test_only_an_administrator(self, django_user_model):
        somebody = django_user_model.objects.create(username="x")
        with pytest.raises(Forbidden):
            load(layer(changsha()), actor=somebody)


class TestRefusedLayers:
    def test_every_bad_row_is_named(self):
        box = shapely.box(113, 28, 113.01, 28.01)
        rows = [
            ("430102", "甲", box),
            ("43", "乙", shapely.box(113.1, 28, 113.11, 28.01)),
            ("430104", "", shapely.box(113.2, 28, 113.21, 28.01)),
            ("430102", "丁", shapely.box(113.3, 28, 113.31, 28.01)),
            ("990101", "戊", shapely.box(113.4, 28, 113.41, 28.01)),
            ("430105", "己", box),
            ("430111", "庚", None),
            ("430112", "辛", shapely.box(113.5, 28, 113.51, 28.01)),
        ]
        found = faults(layer(rows, 级别=["3"] * 7 + ["村"]))
        assert [(fault.row, fault.key) for fault in found] == [
            (2, "code"),
            (3, "name"),
            (4, "code"),
            (5, "code"),
            (6, "geometry"),
            (7, "geometry"),
            (8, "level"),
        ]

    def test_missing_columns(self):
        data = shape_zip([shapely.box(113, 28, 113.01, 28.01)], {"FOO": np.array(["x"], dtype=object)})
        found = faults(data)
        assert found[0].key == "file" and "代码" in str(found[0].message) and "名称" in str(found[0].message)

    def test_all_rows_bad(self):
        found = faults(geojson(["430102"], ["甲"], [None], {}))
        assert [(fault.row, fault.key) for fault in found] == [(1, "geometry")]

    def test_day_after_today(self):
        assert faults(layer(changsha()), vintage=date(2026, 11, 24))[0].key == "vintage"

    def test_no_vector_file(self):
        assert faults(b"PK\x03\x04 broken")[0].key == "file"


class TestZones:
    def test_seeded_by_name(self):
        load_zones()
        actions.seed_zones(NOW)
        assert Zone.objects.filter(level="level1").count() == 8
        assert Zone.objects.filter(level="level2").count() == 41
        assert Zone.objects.filter(kind="prevention", level="national").count() == 23
        assert Zone.objects.filter(kind="control", level="national").count() == 17
        zone = Zone.objects.get(code="V-4")
        assert (zone.parent.key, zone.name) == ("southern_red_soil", "江南山地丘陵区")
        assert Zone.objects.get(code="NC14").full_name == "湘资沅中游国家级水土流失重点治理区"
        assert Zone.objects.get(code="NP16").mark == "unverified"
        assert not Zone.objects.filter(geom__isnull=False).exists()

    def test_extent_from_counties(self):
        load_zones()
        zone = actions.make_zone_of_divisions(Zone.objects.get(code="NC14"), ["430381", "431322"], demonstration=True)
        assert zone.demonstration and zone.geom_3857.srid == 3857
        assert zone.geom.contains(Division.objects.get(code="430381").geom.point_on_surface)
        with pytest.raises(Refused):
            actions.make_zone_of_divisions(zone, ["430381", "653228"], demonstration=True)
        with pytest.raises(Refused):
            actions.make_zone_of_divisions(zone, [], demonstration=True)
