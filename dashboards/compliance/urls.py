from django.urls import path

from dashboards.compliance import audit, audit_export, documents, escalations, packs, tax
from dashboards.homes.views import home

app_name = "compliance"
urlpatterns = [
    path("", home, name="home"),
    path("audit", audit.records, name="audit"),
    path("audit/chain", audit.chain, name="audit_chain"),
    path("audit/export", audit_export.export, name="audit_export"),
    path("audit/pack", audit.pack, name="audit_pack"),
    path("audit/packs", packs.packs, name="audit_packs"),
    path("audit/packs/ask", packs.ask, name="ask_audit_pack"),
    path("audit/packs/<uuid:pack_id>", packs.pack, name="signed_pack"),
    path("audit/<int:number>", audit.record_page, name="audit_record"),
    path("tax", tax.tax, name="tax"),
    path("tax.<str:form>", tax.export, name="tax_file"),
    path("tax/documents/<uuid:document_id>", tax.document, name="tax_document"),
    path("escalations", escalations.listing, name="escalations"),
    path("escalations/<uuid:escalation_id>", escalations.one, name="escalation"),
    path("escalations/<uuid:escalation_id>/documents", documents.send, name="escalation_documents"),
    path("documents/<uuid:document_id>", documents.document, name="document"),
]
