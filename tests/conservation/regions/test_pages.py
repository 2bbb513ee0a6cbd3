from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from conservation.regions.models import DivisionLoad
from tests.conservation.regions.fixtures import load_hunan, load_zones

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hunan(db):
    load_hunan()
    load_zones()


def test_list_and_search_are_public(client):
    page = client.get(reverse("regions:index")).content.decode()
    assert "长沙市" in page and "北京市" in page
    page = client.get(reverse("regions:index"), {"q": "芙蓉"}).content.decode()
    assert "湖南省长沙市芙蓉区" in page and "北京市" not in page
    assert "没有找到" in client.get(reverse("regions:index"), {"q": "亚特兰蒂斯"}).content.decode()


def test_pages_follow_each_other_without_gaps(client):
    seen, after = [], ""
    for _turn in range(10):
        context = client.get(reverse("regions:index"), {"after": after}).context
        seen += [one.code for one in context["divisions"]]
        after = context["page"]["next"]
        if not after:
            break
    assert seen == sorted(set(seen)) and len(seen) == 34 + 14 + 122
    last = context["page"]["previous"]
    back = client.get(reverse("regions:index"), {"before": last}).context
    assert [one.code for one in back["divisions"]] == seen[seen.index(last) - 50 : seen.index(last)]


def test_one_division(client):
    page = client.get(reverse("regions:detail", args=["430100"])).content.decode()
    assert "芙蓉区" in page and "待核实" in page and "南方红壤区" in page
    assert client.get(reverse("regions:detail", args=["430102"])).status_code == 200
    assert client.get(reverse("regions:detail", args=["nope"])).status_code == 404


def test_a_loaded_layer_is_the_administrators(client, django_user_model):
    record = DivisionLoad.objects.create(
        file_name="x.zip",
        sha256="0" * 64,
        vintage=date(2026, 1, 1),
        loaded=1,
        changed=1,
        added=0,
        retired=0,
        derived=0,
        loaded_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    url = reverse("regions:load", args=[record.pk])
    assert client.get(url).status_code == 302
    client.force_login(django_user_model.objects.create(username="x"))
    assert client.get(url).status_code == 404
    client.force_login(django_user_model.objects.create(username="admin", is_superuser=True))
    assert "x.zip" in client.get(url).content.decode()
