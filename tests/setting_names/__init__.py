"""The names of settings, as the frameworks' own types have them."""
