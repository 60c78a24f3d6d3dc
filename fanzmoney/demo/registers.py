import fanzmoney.demo.news_trials  # noqa: F401  joins the batteries
