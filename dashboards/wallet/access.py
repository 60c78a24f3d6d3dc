from dashboards.homes.views import residents
from foundation.http.access import allow

allow("wallet:home", GET=residents("wallet:home"))
