from dashboards.homes.views import residents
from foundation.http.access import allow

allow("mod:home", GET=residents("mod:home"))
