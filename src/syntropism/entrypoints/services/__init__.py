"""The economy as several processes: the API, workers, orchestrators; any number of each."""
