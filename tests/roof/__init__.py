"""The roof: settings, commands, files that install and run kefu."""
