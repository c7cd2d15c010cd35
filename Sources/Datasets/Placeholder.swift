// Datasets: to come.
