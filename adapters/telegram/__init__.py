"""Telegram, over python-telegram-bot's Bot and our own intake."""
