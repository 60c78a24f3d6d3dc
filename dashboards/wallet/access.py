from dashboards.homes.views import residents
from foundation.http.access import allow, also_handed_in

allow("wallet:home", GET=also_handed_in(residents("wallet:home")))
