// Recipes: to come.
