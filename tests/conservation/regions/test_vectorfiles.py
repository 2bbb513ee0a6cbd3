import io
import json
import stat
import zipfile

import numpy as np
import pytest
import shapely

from conservation.errors import Refused
from conservation.regions import vectorfiles
from conservation.regions.geo import geodesic_area_ha, supported_epsg
from conservation.regions.vectorfiles import Limits, read
from conservation.regions.zips import ZipLimits
from tests.conservation.regions import makers
from tests.conservation.regions.makers import BOWTIE, OTHER, SQUARE, packed, shape_zip, shapefile

CHINESE = {"项目名": np.array(["长沙至株洲高速公路", "湘江二桥"], dtype=object)}


def geojson(*geometries, crs=None):
    features = [
        {"type": "Feature", "properties": {"n": n, "名称": "甲"}, "geometry": one} for n, one in enumerate(geometries)
    ]
    body = {"type": "FeatureCollection", "features": features}
    if crs:
        body["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(body).encode()


def mapping(geom):
    return shapely.geometry.mapping(geom)


def refusal(*args, **kwargs):
    with pytest.raises(Refused) as caught:
        read(*args, **kwargs)
    return caught.value


class TestGoodFiles:
    def test_zipped_shapefile_with_chinese_names(self):
        found = read(shape_zip([SQUARE, OTHER], CHINESE, stem="资料/责任 范围"), "范围.zip")
        assert (found.format, found.layer, found.epsg, found.encoding) == ("shapefile", "责任 范围", 4490, "UTF-8")
        assert [one.properties for one in found] == [{"项目名": "长沙至株洲高速公路"}, {"项目名": "湘江二桥"}]
        assert [one.row for one in found] == [1, 2]
        assert found.features[0].geometry.geom_type == "MultiPolygon"
        assert found.features[0].geometry.equals(SQUARE)
        assert found.rejected == [] and found.notes == []

    def test_gbk_names_and_gbk_text_without_cpg(self):
        data = shape_zip([SQUARE, OTHER], CHINESE, encoding="GBK", without=(".cpg",), utf8_names=False)
        found = read(data, "x.zip")
        assert found.layer == "范围"
        assert found.encoding == "GB18030"
        assert found.features[0].properties == {"项目名": "长沙至株洲高速公路"}

    @pytest.mark.parametrize(("written", "claimed"), [("GBK", b"UTF-8"), ("UTF-8", b"936")])
    def test_a_cpg_that_lies(self, written, claimed):
        data = shape_zip([SQUARE, OTHER], CHINESE, encoding=written, without=(".cpg",), extra={"范围.cpg": claimed})
        found = read(data, "x.zip")
        assert found.features[1].properties == {"项目名": "湘江二桥"}
        assert "编码声明" in found.notes[0].message

    def test_text_cut_in_the_middle_of_a_character_is_forgiven(self):
        parts = shapefile([SQUARE], {"NAME": np.array(["水" * 84], dtype=object)})
        cut = parts[".dbf"].replace("水".encode() * 84, "水".encode() * 84 + b"")
        at = cut.index("水".encode() * 84) + 84 * 3 - 1
        cut = cut[:at] + b" " + cut[at + 1 :]
        found = read(packed({f"a{k}": v for k, v in {**parts, ".dbf": cut}.items()}), "a.zip")
        assert found.encoding == "UTF-8"
        assert found.features[0].properties["NAME"].startswith("水水水")

    def test_field_name_cut_in_the_middle_of_a_character(self):
        parts = shapefile([SQUARE], {"ABCDEFGHIJ": np.array(["甲"], dtype=object)})
        parts[".dbf"] = parts[".dbf"].replace(b"ABCDEFGHIJ", "项目名".encode() + "称".encode()[:1])
        assert read(packed({f"a{k}": v for k, v in parts.items()}), "a.zip").features[0].properties == {"项目名": "甲"}

    def test_encoding_given_by_the_caller(self):
        data = shape_zip([SQUARE, OTHER], CHINESE, encoding="GBK", without=(".cpg",))
        assert read(data, "x.zip", encoding="gbk").features[1].properties == {"项目名": "湘江二桥"}
        assert refusal(data, "x.zip", encoding="UTF-8").faults[0].key == "encoding"
        assert refusal(data, "x.zip", encoding="klingon").faults[0].key == "encoding"

    def test_upper_case_endings_and_other_parts(self):
        parts = {f"A{k.upper()}": v for k, v in shapefile([SQUARE]).items()}
        extra = {"A.SBN": b"x", "__MACOSX/._A.SHP": b"x", ".DS_Store": b"x", "说明.txt": b"x"}
        assert len(read(packed({**parts, **extra}), "A.ZIP")) == 1

    def test_layer_must_be_chosen_among_several(self):
        entries = {f"甲{k}": v for k, v in shapefile([SQUARE]).items()}
        entries |= {f"b/乙{k}": v for k, v in shapefile([OTHER]).items()}
        data = packed(entries)
        refused = refusal(data, "x.zip")
        assert refused.faults[0].key == "layer" and "甲" in str(refused) and "乙" in str(refused)
        assert read(data, "x.zip", layer="乙").features[0].geometry.equals(OTHER)
        assert refusal(data, "x.zip", layer="丙").faults[0].key == "layer"
        assert vectorfiles.layers(data, "x.zip") == ["甲", "乙"]

    def test_values_become_plain_python(self):
        fields = {
            "I": np.array([7, 8], dtype="int32"),
            "F": np.array([1.5, np.nan]),
            "D": np.array(["2024-03-01", "NaT"], dtype="datetime64[D]"),
            "T": np.array(["  a\u3000", ""], dtype=object),
        }
        first, second = read(shape_zip([SQUARE, OTHER], fields), "x.zip").features
        assert (first.properties["I"], first.properties["F"], first.properties["T"]) == (7, 1.5, "a")
        assert first.properties["D"].isoformat()[:10] == "2024-03-01"
        assert (second.properties["F"], second.properties["D"], second.properties["T"]) == (None, None, None)
        assert type(first.properties["I"]) is int

    def test_geojson(self):
        found = read(b"\xef\xbb\xbf" + geojson(mapping(SQUARE), mapping(OTHER)), "x.geojson")
        assert (found.format, found.epsg, len(found)) == ("geojson", 4326, 2)
        assert found.features[1].properties == {"n": 1, "名称": "甲"}

    @pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4490", "EPSG:4526"])
    def test_geojson_with_the_older_crs_member(self, name):
        epsg = int(name.rpartition(":")[2])
        found = read(geojson(mapping(makers.projected(SQUARE, epsg)), crs=name), "x.json")
        assert found.epsg == epsg
        assert found.features[0].geometry.symmetric_difference(SQUARE).area < 1e-12

    def test_geopackage(self):
        data = makers.geopackage({"范围": [SQUARE, OTHER]})
        assert len(read(data, "x.gpkg")) == 2
        assert read(packed({"a/b.gpkg": data}), "x.zip").format == "geopackage"

    def test_geopackage_layers(self):
        data = makers.geopackage({"甲": [SQUARE], "乙": [OTHER, SQUARE]})
        assert refusal(data, "x.gpkg").faults[0].key == "layer"
        assert len(read(data, "x.gpkg", layer="乙")) == 2
        assert refusal(data, "x.gpkg", layer="丙").faults[0].key == "layer"
        assert vectorfiles.layers(data, "x.gpkg") == ["甲", "乙"]

    def test_kml_with_folders_and_heights(self):
        folder = "<Folder><name>{}</name>{}</Folder>"
        body = folder.format("甲", makers.kml_polygon(SQUARE)) + folder.format("乙", makers.kml_polygon(OTHER, "第二"))
        found = read(makers.kml(f"<Document>{body}</Document>"), "x.kml")
        assert (found.format, found.epsg, [one.row for one in found]) == ("kml", 4326, [1, 2])
        assert found.features[1].properties["Name"] == "第二"
        assert not found.features[0].geometry.has_z
        assert any("高程" in note.message for note in found.notes)

    def test_kmz(self):
        data = packed({"doc.kml": makers.kml(f"<Document>{makers.kml_polygon(SQUARE)}</Document>")})
        assert len(read(data, "x.kmz")) == 1

    def test_path_and_open_file(self, tmp_path):
        path = tmp_path / "x.zip"
        path.write_bytes(shape_zip([SQUARE]))
        assert len(read(path, "x.zip")) == 1
        assert len(read(str(path), path.name)) == 1
        with path.open("rb") as file:
            assert len(read(file, "x.zip")) == 1
        assert path.exists()
        assert refusal(tmp_path / "none.zip", "none.zip").faults[0].key == "file"

    def test_nothing_is_left_behind(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        read(shape_zip([SQUARE]), "x.zip")
        refusal(b"nonsense", "x.zip")
        assert list(tmp_path.iterdir()) == []

    def test_ten_thousand_rows_are_read_quickly(self):
        geoms = shapely.box(*(np.random.default_rng(1).uniform(0, 0.5, (2, 10_000)) + [[112], [27]]), 113, 28)
        assert len(read(shape_zip(list(geoms)), "x.zip")) == 10_000


class TestReferenceSystems:
    @pytest.mark.parametrize("epsg", sorted(supported_epsg()))
    def test_every_form_from_an_esri_prj(self, epsg):
        centre = _centre(epsg)
        square = shapely.box(centre, 30, centre + 0.01, 30.01)
        found = read(shape_zip([makers.projected(square, epsg)], crs=f"EPSG:{epsg}"), "x.zip")
        assert found.features[0].geometry.symmetric_difference(square).area < 1e-11
        assert abs(geodesic_area_ha(found.features[0].geometry) - geodesic_area_ha(square)) < 1e-3

    def test_missing_prj_is_refused_with_a_suggestion(self):
        data = shape_zip([makers.projected(SQUARE, 4526)], crs="EPSG:4526", without=(".prj",))
        refused = refusal(data, "x.zip")
        assert refused.faults[0].key == "crs"
        assert "4526" in str(refused)
        assert read(data, "x.zip", crs=4526).epsg == 4526

    def test_suggestions(self):
        def said(geom):
            return str(refusal(shape_zip([geom], without=(".prj",)), "x.zip"))

        assert "EPSG:4490" in said(SQUARE)
        assert "颠倒" in said(shapely.box(28, 113, 28.01, 113.01))
        assert "中央经线" in said(makers.projected(SQUARE, 4547))
        assert "6° 带" in said(makers.projected(SQUARE, 4497))

    def test_given_crs_goes_before_the_declared_one_and_says_so(self):
        found = read(shape_zip([SQUARE], crs="EPSG:4326"), "x.zip", crs="EPSG:4490")
        assert found.epsg == 4490
        assert found.notes[0].key == "crs"

    @pytest.mark.parametrize(("epsg", "name"), [(4610, "西安 1980"), (2343, "西安 1980"), (4214, "北京 1954")])
    def test_old_datums_are_refused_by_name(self, epsg, name):
        assert name in str(refusal(shape_zip([SQUARE], crs=f"EPSG:{epsg}"), "x.zip"))

    @pytest.mark.parametrize("crs", [32650, 999999, "nonsense", 4269])
    def test_unsupported(self, crs):
        assert refusal(shape_zip([SQUARE], without=(".prj",)), "x.zip", crs=crs).faults[0].key == "crs"

    def test_garbled_prj(self):
        data = shape_zip([SQUARE], without=(".prj",), extra={"范围.prj": b"PROJCS[oops"})
        assert refusal(data, "x.zip").faults[0].key == "crs"

    def test_prj_that_contradicts_the_coordinates(self):
        data = shape_zip([makers.projected(SQUARE, 4526), SQUARE], crs="EPSG:4490")
        refused = refusal(data, "x.zip")
        assert [(fault.row, fault.key) for fault in refused.faults] == [(1, "geometry")]
        assert "4526" in str(refused)


def _centre(epsg):
    if epsg in (4490, 4326, 3857):
        return 110
    if 4491 <= epsg <= 4512:
        return min(75 + 6 * ((epsg - 4491) % 11), 134)
    return 75 + 3 * ((epsg - 4513) % 21)


class TestGeometry:
    def test_bow_tie_is_repaired_and_said_so(self):
        found = read(shape_zip([SQUARE, BOWTIE]), "x.zip")
        assert found.features[0].repaired == []
        assert "自相交" in found.features[1].repaired[0]
        assert found.features[1].geometry.is_valid
        assert found.repaired == [{"row": 2, "what": found.features[1].repaired[0]}]

    def test_z_is_dropped(self):
        found = read(shape_zip([shapely.force_3d(SQUARE, 5.0)], geometry_type="Polygon Z"), "x.zip")
        assert not found.features[0].geometry.has_z
        assert "高程" in found.notes[0].message

    def test_holes_and_parts_are_kept(self):
        holed = shapely.MultiPolygon([SQUARE.difference(shapely.box(113.002, 28.002, 113.004, 28.004)), OTHER])
        found = read(makers.geopackage({"a": [holed]}, geometry_type="MultiPolygon"), "x.gpkg")
        assert found.features[0].geometry.equals(holed)

    def test_all_bad_rows_are_named_in_one_pass(self):
        ring = [[113, 28], [113, 28], [113, 28], [113, 28]]
        data = geojson(
            mapping(SQUARE),
            None,
            {"type": "Point", "coordinates": [113, 28]},
            {"type": "LineString", "coordinates": [[113, 28], [114, 28]]},
            {"type": "Polygon", "coordinates": []},
            {"type": "Polygon", "coordinates": [[[10, 10], [11, 10], [11, 11], [10, 10]]]},
            {"type": "Polygon", "coordinates": [ring]},
        )
        refused = refusal(data, "x.geojson")
        assert [fault.row for fault in refused.faults] == [2, 3, 4, 5, 6, 7]
        assert {fault.key for fault in refused.faults} == {"geometry"}
        kept = read(data, "x.geojson", refuse_rows=False)
        assert [one.row for one in kept] == [1]
        assert [fault.row for fault in kept.rejected] == [2, 3, 4, 5, 6, 7]
        assert kept.rows == 7

    def test_collection_of_polygon_and_line_keeps_the_polygon(self):
        mixed = {
            "type": "GeometryCollection",
            "geometries": [mapping(SQUARE), {"type": "Point", "coordinates": [113, 28]}],
        }
        found = read(geojson(mixed), "x.geojson")
        assert found.features[0].geometry.equals(SQUARE)
        assert found.features[0].repaired

    def test_not_a_number(self):
        odd = shapely.Polygon([(113, 28), (113.01, 28), (113.01, 28.01), (113, 28)])
        blob = bytearray(shapely.to_wkb(odd))
        blob[-24:-16] = np.float64("nan").tobytes()
        holder = np.empty(1, dtype=object)
        holder[0] = bytes(blob)
        found = vectorfiles.check(holder, 4490)
        assert [fault.row for fault in found.refused] == [1]

    def test_unclosed_ring_is_closed(self):
        data = geojson({"type": "Polygon", "coordinates": [[[113, 28], [113.01, 28], [113.01, 28.01], [113, 28.01]]]})
        found = read(data, "x.geojson")
        assert found.features[0].geometry.equals(SQUARE)

    def test_same_shape_twice_is_told(self):
        found = read(shape_zip([SQUARE, OTHER, SQUARE]), "x.zip")
        assert [(note.row, note.key) for note in found.notes] == [(3, "geometry")]


class TestHostileFiles:
    def test_no_vector_file(self):
        for data, name in ((b"hello", "x.zip"), (b"%PDF-1.4", "x.geojson"), (b"", "x.zip"), (b"\0" * 99, "x.shp")):
            assert refusal(data, name).faults[0].key == "file"

    def test_zip_that_is_no_shapefile(self):
        assert "没有 Shapefile" in str(refusal(packed({"readme.txt": b"x"}), "x.zip"))
        assert refusal(packed({}), "x.zip").faults[0].key == "file"

    def test_content_that_contradicts_the_name(self):
        assert "扩展名" in str(refusal(geojson(mapping(SQUARE)), "x.zip"))
        assert "扩展名" in str(refusal(shape_zip([SQUARE]), "x.gpkg"))

    @pytest.mark.parametrize("ending", [".shx", ".dbf"])
    def test_missing_part(self, ending):
        assert ending in str(refusal(shape_zip([SQUARE], without=(ending,)), "x.zip"))

    @pytest.mark.parametrize("ending", [".shp", ".dbf", ".shx"])
    def test_truncated_part(self, ending):
        parts = shapefile([SQUARE, OTHER])
        parts[ending] = parts[ending][:-20]
        assert "不完整" in str(refusal(packed({f"a{k}": v for k, v in parts.items()}), "a.zip"))

    def test_parts_of_rubbish(self):
        rubbish = {f"a{ending}": b"rubbish" * 40 for ending in (".shp", ".shx", ".dbf")}
        assert refusal(packed(rubbish), "x.zip").faults[0].key == "file"

    def test_truncated_zip(self):
        assert "压缩包损坏" in str(refusal(shape_zip([SQUARE])[:-40], "x.zip"))
        data = bytearray(shape_zip([SQUARE]))
        data[60:90] = b"\xff" * 30
        assert refusal(bytes(data), "x.zip").faults[0].key == "file"

    def test_truncated_geopackage(self):
        assert refusal(makers.geopackage({"a": [SQUARE]})[:5000], "x.gpkg").faults[0].key == "file"
        assert refusal(b"SQLite format 3\0" + b"\0" * 4000, "x.gpkg").faults[0].key == "file"

    def test_bomb_by_ratio(self):
        data = shape_zip([SQUARE], extra={"bomb.dbf": b"\0" * 30_000_000})
        assert "压缩比" in str(refusal(data, "x.zip"))

    def test_too_much_unpacked(self):
        tight = Limits(zip=ZipLimits(unpacked_bytes=500))
        assert "解开后" in str(refusal(shape_zip([SQUARE]), "x.zip", limits=tight))

    def test_too_many_entries(self):
        data = shape_zip([SQUARE], extra={f"{n}.txt": b"" for n in range(600)})
        assert "条目" in str(refusal(data, "x.zip"))

    def test_lying_size(self):
        """A central directory that understates a member's size."""
        data = bytearray(shape_zip([SQUARE]))
        at = data.find(b"PK\x01\x02")
        data[at + 24 : at + 28] = (10).to_bytes(4, "little")
        assert refusal(bytes(data), "x.zip").faults[0].key == "file"

    @pytest.mark.parametrize("name", ["../x.shp", "/etc/x.shp", "a/../../x.shp", "..\\x.shp", "C:\\x.shp"])
    def test_traversal(self, name, tmp_path):
        assert "越出" in str(refusal(shape_zip([SQUARE], extra={name: b"x"}), "x.zip"))

    def test_links(self):
        sink = io.BytesIO(shape_zip([SQUARE]))
        info = zipfile.ZipInfo("link.shp")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(sink, "a") as archive:
            archive.writestr(info, "/etc/passwd")
        assert "链接" in str(refusal(sink.getvalue(), "x.zip"))

    def test_encrypted(self):
        assert "加密" in str(refusal(makers.set_flag(shape_zip([SQUARE]), 1), "x.zip"))

    @pytest.mark.parametrize("name", ["inner.zip", "a/inner.RAR", "x.7z", "x.tar.gz"])
    def test_nested(self, name):
        assert "还有压缩包" in str(refusal(shape_zip([SQUARE], extra={name: b"PK"}), "x.zip"))

    def test_same_name_twice(self):
        assert "同名" in str(refusal(shape_zip([SQUARE], extra={"范围.SHP": b"x"}), "x.zip"))

    def test_all_faults_of_a_zip_are_named(self):
        data = shape_zip([SQUARE], extra={"../x": b"", "inner.zip": b""})
        assert len(refusal(data, "x.zip").faults) == 2

    def test_overlapping_entries(self):
        data = bytearray(packed({"a.shp": b"x" * 100, "b.shp": b"y" * 100}))
        first = data.find(b"PK\x01\x02")
        second = data.find(b"PK\x01\x02", first + 4)
        data[second + 42 : second + 46] = data[first + 42 : first + 46]
        assert "重叠" in str(refusal(bytes(data), "x.zip"))

    def test_upload_larger_than_allowed(self):
        data = shape_zip([SQUARE])
        for content in (data, io.BytesIO(data)):
            assert "超过" in str(refusal(content, "x.zip", limits=Limits(file_bytes=100)))

    def test_too_many_rows_and_vertices(self):
        data = shape_zip([SQUARE, OTHER])
        assert "记录太多" in str(refusal(data, "x.zip", limits=Limits(rows=1)))
        assert "顶点" in str(refusal(data, "x.zip", limits=Limits(vertices=7)))

    def test_no_rows(self):
        assert "没有任何记录" in str(refusal(shape_zip([]), "x.zip"))
        assert "没有任何记录" in str(refusal(geojson(), "x.geojson"))

    @pytest.mark.parametrize(
        "body",
        [b"{", b"[1, 2]", b'{"type": "Topology"}', b'{"a": 1}', b"{" * 100_000, b'{"type": "FeatureCollection", "fea'],
    )
    def test_json_that_is_no_geojson(self, body):
        assert refusal(body, "x.geojson").faults[0].key == "file"

    def test_geojson_with_a_linked_crs(self):
        body = json.loads(geojson(mapping(SQUARE)))
        body["crs"] = {"type": "link", "properties": {"href": "http://127.0.0.1/crs"}}
        assert refusal(json.dumps(body).encode(), "x.geojson").faults[0].key == "crs"

    def test_kml_with_entities(self):
        head = '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
        assert "DOCTYPE" in str(refusal(makers.kml("<Document><name>&b;</name></Document>", head), "x.kml"))

    def test_kml_with_a_network_link(self):
        link = "<NetworkLink><Link><href>http://127.0.0.1/x.kml</href></Link></NetworkLink>"
        assert "NetworkLink" in str(refusal(makers.kml(f"<Document>{link}</Document>"), "x.kml"))

    @pytest.mark.parametrize("body", [b"<html/>", b"<kml", b"<OGRVRTDataSource/>", b"<!-- x --><gpx/>"])
    def test_xml_that_is_no_kml(self, body):
        assert refusal(body, "x.kml").faults[0].key == "file"

    def test_kml_without_placemarks(self):
        assert refusal(makers.kml("<Document/>"), "x.kml").faults[0].key == "file"
