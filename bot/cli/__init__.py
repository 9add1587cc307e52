"""The commands: each reads its arguments, opens what it needs and says the outcome."""
