"""Lets the sides of a comparison take turns."""


def alternate(repeat, sides):
    """What each side of the dictionary returned, a list each.

    Sides alternate within one run, and every other round goes backwards, so that noise and warmth
    of the machine meet all of them alike.
    """
    made = {side: [] for side in sides}
    for turn in range(repeat):
        order = list(sides) if turn % 2 == 0 else list(reversed(sides))
        for side in order:
            made[side].append(sides[side]())
    return made
