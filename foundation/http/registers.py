import foundation.http.probes  # noqa: F401  what a doctor asks
from foundation import printed
from foundation.http.access_page import access_page

printed.PAGES.add("access.md", access_page)
