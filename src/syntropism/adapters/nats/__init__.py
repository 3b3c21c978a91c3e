"""NATS: the door for agents, the way out for events, live values, work queues (extra `nats`)."""
