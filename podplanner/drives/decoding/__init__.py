"""What makers pack into the raw values of ATA attributes; the tables are `bom/drives/*.toml`."""
