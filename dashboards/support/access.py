from dashboards.homes.views import residents
from foundation.http.access import allow

allow("support:home", GET=residents("support:home"))
