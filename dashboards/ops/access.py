from dashboards.homes.views import residents
from foundation.http.access import allow

allow("ops:home", GET=residents("ops:home"))
