from dashboards.homes.views import residents
from foundation.http.access import allow

allow("exec:home", GET=residents("exec:home"))
