"""Pages stay whole while rows are added in between."""

import pytest
from django.test import RequestFactory
from rest_framework import serializers
from rest_framework.request import Request

from foundation.http.paging import Paging, read_page
from foundation.identity.models import Platform

pytestmark = pytest.mark.django_db


class Out(serializers.Serializer):
    slug = serializers.CharField()


def walk(order, limit, between=lambda: None):
    seen, query = [], {"limit": str(limit)}
    for _ in range(50):
        request = Request(RequestFactory().get("/x", query))
        page = read_page(request, Paging.read_query(request), Platform.objects.all(), order)
        response = page.answer(Out(page.found, many=True).data)
        seen += [row["slug"] for row in response.data["data"]]
        if not response.data["next"]:
            return seen
        query["cursor"] = response.data["next"].split("cursor=")[1].split("&")[0]
        between()
    raise AssertionError("a page without end")


@pytest.mark.parametrize("limit", [1, 3, 8, 200])
@pytest.mark.parametrize("order", [("-id",), ("id",), ("slug",), ("-active_from", "-id"), ("cluster", "-slug")])
def test_all_rows_come_once_and_in_order(order, limit):
    assert walk(order, limit) == list(Platform.objects.order_by(*order).values_list("slug", flat=True))


def test_rows_added_before_the_place_do_not_move_it():
    before = set(Platform.objects.values_list("slug", flat=True))
    names = iter(range(99))

    def add():
        Platform.objects.create(slug=f"aaa-{next(names)}", name="New", cluster_id="fanz-men")

    seen = walk(("slug",), 3, between=add)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
