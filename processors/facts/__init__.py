"""What was sold by day and paid by fan and month, kept beside the payments for those who ask about all of them."""
