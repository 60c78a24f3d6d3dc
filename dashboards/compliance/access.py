from dashboards.homes.views import residents
from foundation.http.access import allow

allow("compliance:home", GET=residents("compliance:home"))
