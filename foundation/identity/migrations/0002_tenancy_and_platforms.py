from django.db import migrations

from foundation.ids import named_id
from foundation.schema import grant_tenant, no_delete, tenant_policy, tenant_table

CLUSTERS = {"fanz-men": "Fanz Men", "fanz-women": "Fanz Women", "fanz-wide": "Fanz Wide"}
PLATFORMS = {
    "boyfanz": ("BoyFanz", "fanz-men"),
    "daddyfanz": ("DaddyFanz", "fanz-men"),
    "fanzcock": ("FanzCock", "fanz-men"),
    "pupfanz": ("PupFanz", "fanz-men"),
    "girlfanz": ("GirlFanz", "fanz-women"),
    "transfanz": ("TransFanz", "fanz-wide"),
    "taboofanz": ("TabooFanz", "fanz-wide"),
    "fanztube": ("FanzTube", "fanz-wide"),
}

# A platform may bring a new party into the world, and afterwards sees it only through its own membership.
PARTY_POLICIES = """
ALTER TABLE party ENABLE ROW LEVEL SECURITY;
CREATE POLICY app_all ON party TO fanz_app USING (true) WITH CHECK (true);
CREATE POLICY own_members ON party FOR SELECT TO fanz_tenant
    USING (EXISTS (SELECT 1 FROM membership m WHERE m.party_id = party.id AND m.platform_id = fanz_platform()));
CREATE POLICY own_members_news ON party FOR UPDATE TO fanz_tenant
    USING (EXISTS (SELECT 1 FROM membership m WHERE m.party_id = party.id AND m.platform_id = fanz_platform()));
CREATE POLICY newcomers ON party FOR INSERT TO fanz_tenant WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (news_seq, key_id) ON party TO fanz_tenant;
"""


def seed(apps, schema_editor):
    Cluster, Platform = apps.get_model("identity", "Cluster"), apps.get_model("identity", "Platform")
    for slug, name in CLUSTERS.items():
        Cluster.objects.create(slug=slug, name=name)
    for slug, (name, cluster) in PLATFORMS.items():
        Platform.objects.create(id=named_id("platform", slug), slug=slug, name=name, cluster_id=cluster)


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial"), ("audit", "0001_initial"), ("events", "0001_initial")]
    operations = [
        migrations.RunSQL(PARTY_POLICIES, migrations.RunSQL.noop),
        tenant_table("membership", rights="SELECT, INSERT, UPDATE"),
        tenant_table("personal_record", rights="SELECT, INSERT, UPDATE"),
        tenant_table("personal_word", rights="SELECT, INSERT, DELETE"),
        tenant_policy("platform", "id = fanz_platform()", rights="SELECT, UPDATE (news_seq)"),
        grant_tenant("cluster", "SELECT"),
        no_delete("role_grant"),
        no_delete("party"),
        no_delete("membership"),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
