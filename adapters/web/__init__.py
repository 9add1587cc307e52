"""The web chat: one page, a small JSON API and the health checks.

It needs nothing from the internet: the page's own CSS and JavaScript are all there is.
"""
