"""What is left of a window, as its agent sees it."""

from attrs import evolve

from syntropism.adapters.memory.usage import MemoryMeter


def test_what_was_sampled_and_reserved_is_no_longer_left(town):
    meter = MemoryMeter()
    service = evolve(town.service, meter=meter)
    town.born("ada")
    town.clear()
    (who,) = town.lives()
    whole = service.window(who)
    assert (whole["cpu_seconds_left"], whole["memory_peak_mb"]) == (0.5, 0.0)
    assert whole["tokens_left"] == 0
    meter.sample(who.execution_id, who.attempt, 200, 3 * 2**20)
    seen = service.window(who)
    assert (seen["cpu_seconds_left"], seen["memory_peak_mb"]) == (0.3, 3.0)
    meter.sample(who.execution_id, who.attempt, 900, 2**20)
    assert service.window(who)["cpu_seconds_left"] == 0.0
