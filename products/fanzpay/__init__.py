"""FanzPay: the one door by which platforms charge their fans, give money back, and run subscriptions."""
