// Quantization: to come.
