"""The same counts by listing every cycle with networkx."""

import networkx as nx


def count(links, longest, exact=None):
    """Cycles through each conflict link by length, those with an odd number of conflict links, and both
    for distinct cycles of the whole graph. `links` maps pairs to whether they are in conflict."""
    lengths = [exact] if exact else list(range(3, longest + 1))
    zeros = lambda: {str(length): 0 for length in lengths}
    edges = {pair: (zeros(), zeros()) for pair, conflict in links.items() if conflict}
    totals = (zeros(), zeros())
    graph = nx.Graph(tuple(pair) for pair in links)
    for cycle in nx.simple_cycles(graph, length_bound=max(lengths)):
        if len(cycle) not in lengths:
            continue
        around = zip(cycle, cycle[1:] + cycle[:1])
        conflicts = [pair for pair in map(frozenset, around) if links[pair]]
        if not conflicts:
            continue
        length, odd = str(len(cycle)), len(conflicts) % 2
        for counted in [totals, *(edges[pair] for pair in conflicts)]:
            counted[0][length] += 1
            counted[1][length] += odd
    return edges, totals
