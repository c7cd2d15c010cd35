// Reporting: to come.
