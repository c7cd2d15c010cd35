// Distillation: to come.
