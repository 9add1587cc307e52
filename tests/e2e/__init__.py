"""The whole loop in miniature, through the real server and the fakes' sockets."""
