// Measurement: to come.
