"""A forest of some 100 MB, and one question to it."""

from typing import Any

import numpy as np


def grown() -> Any:
    """Return a forest whose trees are as deep as noise makes them."""
    from sklearn.ensemble import RandomForestRegressor

    rng = np.random.default_rng(20_261_130)
    inputs = rng.normal(size=(20_000, 16))
    wanted = inputs[:, 0] + rng.normal(size=20_000)
    return RandomForestRegressor(n_estimators=40, random_state=1, n_jobs=2).fit(inputs, wanted)


def ask(model: Any) -> str:
    """Return what the model answers, in a few words."""
    return f"{float(model.predict(np.linspace(-1, 1, 16)[None])[0]):.6f}"
