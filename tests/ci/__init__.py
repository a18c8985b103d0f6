"""The files that adapter authors put into their own CI."""
