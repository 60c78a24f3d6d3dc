"""Lives of things: MOVES is the only list, move() the only way, one record per move."""

from foundation.states.machine import Moves, Stateful, move, move_all, move_each, state_field

__all__ = ["Moves", "Stateful", "move", "move_all", "move_each", "state_field"]
