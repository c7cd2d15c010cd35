// ONNXFormat: to come.
