// Zoo: to come.
