"""Instance files: readers and writers of the formats in which auctions are published."""
