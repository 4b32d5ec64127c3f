"""Published Bayesian networks, as the bnlearn repository has them, and inference by enumeration."""

import itertools

ASIA = """// Lauritzen and Spiegelhalter (1988), Local computations with probabilities on graphical
// structures, J. R. Stat. Soc. B 50(2); as in https://www.bnlearn.com/bnrepository/
network unknown {
}
variable asia {
  type discrete [ 2 ] { yes, no };
}
variable tub {
  type discrete [ 2 ] { yes, no };
}
variable smoke {
  type discrete [ 2 ] { yes, no };
}
variable lung {
  type discrete [ 2 ] { yes, no };
}
variable bronc {
  type discrete [ 2 ] { yes, no };
}
variable either {
  type discrete [ 2 ] { yes, no };
}
variable xray {
  type discrete [ 2 ] { yes, no };
}
variable dysp {
  type discrete [ 2 ] { yes, no };
}
probability ( asia ) {
  table 0.01, 0.99;
}
probability ( tub | asia ) {
  (yes) 0.05, 0.95;
  (no) 0.01, 0.99;
}
probability ( smoke ) {
  table 0.5, 0.5;
}
probability ( lung | smoke ) {
  (yes) 0.1, 0.9;
  (no) 0.01, 0.99;
}
probability ( bronc | smoke ) {
  (yes) 0.6, 0.4;
  (no) 0.3, 0.7;
}
probability ( either | lung, tub ) {
  (yes, yes) 1.0, 0.0;
  (no, yes) 1.0, 0.0;
  (yes, no) 1.0, 0.0;
  (no, no) 0.0, 1.0;
}
probability ( xray | either ) {
  (yes) 0.98, 0.02;
  (no) 0.05, 0.95;
}
probability ( dysp | bronc, either ) {
  (yes, yes) 0.9, 0.1;
  (no, yes) 0.7, 0.3;
  (yes, no) 0.8, 0.2;
  (no, no) 0.1, 0.9;
}
"""

CANCER = """// Korb and Nicholson (2010), Bayesian Artificial Intelligence, 2nd edition, chapter 2;
// as in https://www.bnlearn.com/bnrepository/
network unknown {
}
variable Pollution { type discrete [ 2 ] { low, high }; }
variable Smoker { type discrete [ 2 ] { True, False }; }
variable Cancer { type discrete [ 2 ] { True, False }; }
variable Xray { type discrete [ 2 ] { positive, negative }; }
variable Dyspnoea { type discrete [ 2 ] { True, False }; }
probability ( Pollution ) { table 0.9, 0.1; }
probability ( Smoker ) { table 0.3, 0.7; }
probability ( Cancer | Pollution, Smoker ) {
  (low, True) 0.03, 0.97;
  (high, True) 0.05, 0.95;
  (low, False) 0.001, 0.999;
  (high, False) 0.02, 0.98;
}
probability ( Xray | Cancer ) {
  (True) 0.9, 0.1;
  (False) 0.2, 0.8;
}
probability ( Dyspnoea | Cancer ) {
  (True) 0.65, 0.35;
  (False) 0.3, 0.7;
}
"""


def joint(network):
    """Yield every assignment of states to all variables with its probability."""
    for states in itertools.product(*(range(len(one.states)) for one in network.variables)):
        number = 1.0
        for one, own in zip(network.variables, states, strict=True):
            above = tuple(states[network.position(parent)] for parent in one.parents)
            number *= one.table[(*above, own)]
        named = {
            one.name: one.states[own] for one, own in zip(network.variables, states, strict=True)
        }
        yield named, number


def enumerated(network, evidence):
    """Return the assignments that agree with evidence, each with its probability."""
    return [
        (states, number)
        for states, number in joint(network)
        if all(states[name] == state for name, state in evidence.items())
    ]
