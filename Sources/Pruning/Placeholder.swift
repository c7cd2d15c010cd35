// Pruning: to come.
