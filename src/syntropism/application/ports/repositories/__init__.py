"""What is kept: one small port per entity. Entities are frozen; ``save`` replaces by id.

Lists that agents and operators page through are newest first: ``before`` is the id of the last
item already seen (ids are time-ordered), ``limit`` how many to return.

Beside the refusals that they name, all methods raise what every part of a unit of work does when
the store fails: ``TryAgain``, ``StorageFailed``.
"""
