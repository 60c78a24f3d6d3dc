"""A runner that also listens to the bells of the trials: `python -m fanzmoney.demo.news_runner`."""

import sys

import django


def main() -> int:
    django.setup()
    from fanzmoney.demo import news
    from foundation.inbox.runner import Runner

    news.listen()
    return 0 if Runner().run() else 1


if __name__ == "__main__":
    sys.exit(main())
