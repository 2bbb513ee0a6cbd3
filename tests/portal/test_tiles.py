"""Tiles: the reader's scope, caching, size, and what they hold."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import tiles

pytestmark = pytest.mark.django_db
NEAR, FAR = (113.106, 28.256), (113.106, 29.376)


def place(lon: float, lat: float, z: int) -> tiles.Tile:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
    return tiles.Tile(z, int((lon + 180) / 360 * 2**z), int(y))


def url(layer: str, spot: tuple[float, float], z: int = 13, query: str = "") -> str:
    tile = place(*spot, z)
    return f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt{query}"


def test_tile_bounds_meet_without_gap() -> None:
    west, south, east, north = tiles.Tile(3, 2, 5).bounds()
    assert tiles.Tile(3, 3, 5).bounds()[0] == pytest.approx(east)
    assert tiles.Tile(3, 2, 4).bounds()[1] == pytest.approx(north)
    assert not tiles.Tile(3, 8, 0).valid


@pytest.mark.parametrize("layer", sorted(tiles.SCOPED))
def test_a_stranger_gets_no_tile_of_the_work(scene: SimpleNamespace, client: Client, layer: str) -> None:
    answer = client.get(url(layer, NEAR))
    assert answer.status_code == 401
    client.force_login(scene.world.stranger)
    assert client.get(url(layer, NEAR)).content == b""


@pytest.mark.parametrize("layer", sorted(tiles.PUBLIC))
def test_everybody_gets_the_base_map(scene: SimpleNamespace, client: Client, layer: str) -> None:
    answer = client.get(url(layer, NEAR, 6))
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("public")
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    if layer == "divisions":
        assert "长沙市".encode() in answer.content


@pytest.mark.parametrize("z", [7, 13])
@pytest.mark.parametrize("layer", sorted(tiles.SCOPED))
def test_tiles_hold_only_the_scope(scene: SimpleNamespace, client: Client, layer: str, z: int) -> None:
    world = scene.world
    for user, near, far in (
        (world.people["inspector"], True, True),
        (world.city_people["inspector"], True, False),
        (world.other_city_people["inspector"], False, True),
    ):
        client.force_login(user)
        filters = ("?place=430100", "?place=430600")
        assert bool(client.get(url(layer, NEAR, z, filters[0])).content) is near
        assert bool(client.get(url(layer, FAR, z, filters[1])).content) is far


def test_a_unit_sees_its_own_ranges_and_no_patch_that_is_only_a_clue(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.filer)
    assert scene.near.name.encode() in client.get(url("ranges", NEAR)).content
    assert client.get(url("ranges", FAR)).content == b""
    assert client.get(url("patches", NEAR)).content == b""


def test_filters_of_the_address(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.people["inspector"])
    assert b"NEAR1" in client.get(url("patches", NEAR)).content
    assert b"NEAR1" in client.get(url("patches", NEAR, 13, "?class=suspected_excess&state=open&tier=2")).content
    for query in ("?class=compliant", "?state=settled", "?round=999999", "?tier=0", "?place=430600", "?project=99999"):
        assert client.get(url("patches", NEAR, 13, query)).content == b"", query


def test_unknown_values_of_the_address_are_ignored() -> None:
    found = tiles.Filters.of(QueryDict("class=x&round=1e9&state=zz&place=43%2701&tier=9&project=-1"))
    assert found == tiles.Filters()


def test_low_zoom_counts_by_cell(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.people["inspector"])
    body = client.get(url("patches", NEAR, 6)).content
    assert b"NEAR1" not in body and b"\x1a\x01n" in body  # the key "n" of a gathered point


def test_an_unchanged_tile_is_not_sent_again(scene: SimpleNamespace, client: Client) -> None:
    client.force_login(scene.world.people["inspector"])
    first = client.get(url("patches", NEAR))
    assert first["Cache-Control"] == "private, no-cache" and "Cookie" in first["Vary"]
    again = client.get(url("patches", NEAR), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304 and again.content == b""
    type(scene.near_patch).objects.filter(pk=scene.near_patch.pk).update(klass="compliant")
    assert client.get(url("patches", NEAR), headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_tile_is_one_statement(scene: SimpleNamespace) -> None:
    user = scene.world.people["inspector"]
    assert user.memberships_today  # read once a request, kept on the person
    with CaptureQueriesContext(connection) as seen:
        tiles.cut("patches", user, place(*NEAR, 13), tiles.Filters())
    assert len(seen) == 1


def test_a_crowded_tile_stays_small(scene: SimpleNamespace, monkeypatch: Any) -> None:
    monkeypatch.setattr(tiles, "MOST_BYTES", 120)
    from tests.portal.conftest import make_patch

    for at in range(40):
        make_patch(scene.round, f"X{at:03d}", "compliant", None, "430121", 113.105 + at / 8000, 28.255)
    body = tiles.cut("patches", scene.world.people["inspector"], place(*NEAR, 14), tiles.Filters())
    assert body.count(b"compliant") <= 2 and len(body) < 2500


@pytest.mark.parametrize("path", ["/tiles/patches/3/8/0.mvt", "/tiles/nothing/3/1/1.mvt", "/tiles/ranges/99/1/1.mvt"])
def test_no_such_tile(scene: SimpleNamespace, client: Client, path: str) -> None:
    client.force_login(scene.world.people["inspector"])
    assert client.get(path).status_code == 404
