import fanzmoney.trials.house  # noqa: F401  joins the benches
