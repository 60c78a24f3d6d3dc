"""Every posting of the business: values in, legs out. No room invents postings of its own."""
