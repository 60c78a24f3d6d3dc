import dashboards.starz.methods.access
import dashboards.starz.payouts.access
import dashboards.starz.statements.access
import dashboards.starz.tax.access  # noqa: F401
from dashboards.homes.views import residents
from foundation.http.access import allow, also_handed_in

allow("starz:home", GET=also_handed_in(residents("starz:home")))
