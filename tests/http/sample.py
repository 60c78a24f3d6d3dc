"""A small room with an API, for tests of what every API view shares."""

from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.response import Response

from foundation.audit.services import record
from foundation.errors import Conflict
from foundation.http.access import ANY_CLIENT, ANY_STAFF, clients, people
from foundation.http.api import ApiView, operation
from foundation.http.etags import expect_version, with_version
from foundation.http.fields import Identifier, MoneyField, OneOf, QueryNumber, Text, WholeNumber, YesNo
from foundation.http.rates import Rate
from foundation.http.serializers import StrictSerializer
from foundation.identity.models import Cluster, Membership, Platform

handler400 = "foundation.http.refusals.bad_request"
handler404 = "foundation.http.refusals.not_found"
handler500 = "foundation.http.refusals.failed"


class PersonIn(StrictSerializer):
    name = Text(max_length=20)


class OrderIn(StrictSerializer):
    reference = Identifier(max_length=20)
    total = MoneyField(most=1_000_000)
    count = WholeNumber(least=1, most=9, required=False)
    kind = OneOf(["new", "used"], required=False)
    gift = YesNo(required=False)
    note = Text(max_length=30, allow_blank=True, required=False)
    people = PersonIn(many=True, required=False)


class SampleOut(serializers.Serializer):
    id = serializers.UUIDField()
    slug = serializers.CharField()


class Filters(StrictSerializer):
    cluster = Identifier(max_length=40, required=False)
    most = QueryNumber(least=1, most=9, required=False)


class OrdersView(ApiView):
    """Takes an order: what it read, and one audit row as its effect."""

    @operation("Read platforms", gives=SampleOut, filters=Filters, paged=True)
    def get(self, request):
        rows = Platform.objects.all()
        return self.page(rows.filter(cluster=self.query.cluster) if self.query.cluster else rows, SampleOut)

    @operation("Order", takes=OrderIn, gives=OrderIn, status=201, idempotent="optional")
    def post(self, request):
        body = OrderIn.read(request)
        number = record("sample.ordered", by=self.actor, reference=body.reference)
        if body.reference == "conflict":
            raise Conflict("sample.taken", "Somebody has it.", holder="Sam")
        if body.reference == "bug":
            raise RuntimeError("secret words of a bug")
        if body.reference == "missing":
            raise Http404("table sample_order")
        return Response({"number": number, "total": {"amount_minor": body.total.minor}, "note": body.note}, status=201)


class PaidView(ApiView):
    @operation("Pay", takes=OrderIn, idempotent="required")
    def post(self, request):
        body = OrderIn.read(request)
        return Response({"number": record("sample.paid", by=self.actor, reference=body.reference)})


class MembersView(ApiView):
    @operation("Read members", gives=SampleOut)
    def get(self, request):
        return Response({"seen": [str(pk) for pk in Membership.objects.values_list("platform_id", flat=True)]})


class ScarceView(ApiView):
    rate = Rate("scarce", 3, 60)

    @operation("Ask", gives=SampleOut)
    def get(self, request):
        return Response({})


class EditView(ApiView):
    @operation("Edit", takes=PersonIn, gives=PersonIn, edits=True)
    def put(self, request):
        row = Cluster(slug="x", name="y")
        row.version = 3
        expect_version(request, row)
        row.version = 4
        return with_version(Response({"name": PersonIn.read(request).name}), row)


ROWS = {
    "api:sample-orders": {"GET": ANY_CLIENT | ANY_STAFF, "POST": clients("fans:write") | people("finance")},
    "api:sample-paid": {"POST": clients("fans:write")},
    "api:sample-members": {"GET": ANY_CLIENT},
    "api:sample-scarce": {"GET": ANY_CLIENT},
    "api:sample-edit": {"PUT": ANY_CLIENT},
}

api_patterns = [
    path("sample/orders", OrdersView.as_view(), name="sample-orders"),
    path("sample/paid", PaidView.as_view(), name="sample-paid"),
    path("sample/members", MembersView.as_view(), name="sample-members"),
    path("sample/scarce", ScarceView.as_view(), name="sample-scarce"),
    path("sample/edit", EditView.as_view(), name="sample-edit"),
]

urlpatterns = [path("api/v1/", include((api_patterns, "api"))), path("", include("fanzmoney.urls"))]
