from foundation.events.topics import topics_page
from foundation.printed import PAGES

PAGES.add("topics.md", topics_page)
