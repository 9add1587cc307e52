"""kefu on Slack, through the real SDK and a Slack of our own."""
