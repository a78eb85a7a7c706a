"""What leadcli takes from the machine and gives to it: files written safely, trust in them, secrets, the login name."""
