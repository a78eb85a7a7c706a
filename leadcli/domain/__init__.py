"""The business of a lead desk: what every command means. Nothing here prints or knows the command line."""
