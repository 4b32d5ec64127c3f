"""Load a model by one of the ways, ask it once, and print the answer; timed from outside.

Usage: python first_answer.py podplanner|mlflow|modelstore|file network|forest PLACE [ID]

Nothing is imported that the way does not need. `file` is the framework alone: a state dict that
`torch.load` reads, a forest that joblib reads.
"""

import sys


def main() -> None:
    way, kind, place, *rest = sys.argv[1:]
    model = {
        "podplanner": by_podplanner,
        "mlflow": by_mlflow,
        "modelstore": by_modelstore,
        "file": by_file,
    }[way](kind, place, *rest)
    if kind == "network":
        from net import ask
    else:
        from forest import ask
    print(ask(model))


def by_podplanner(kind: str, place: str) -> object:
    from podplanner.models import load

    if kind == "forest":
        return load("forest", store=place)
    from net import empty_net

    return load("network", store=place, into=empty_net())


def by_mlflow(kind: str, place: str) -> object:
    if kind == "forest":
        import mlflow.sklearn

        return mlflow.sklearn.load_model(place)
    import mlflow.pytorch

    return mlflow.pytorch.load_model(place)


def by_modelstore(kind: str, place: str, number: str) -> object:
    from modelstore import ModelStore

    return ModelStore.from_file_system(root_directory=place).load(kind, number)


def by_file(kind: str, place: str) -> object:
    if kind == "forest":
        import joblib

        return joblib.load(place)
    import torch
    from net import empty_net

    model = empty_net()
    model.load_state_dict(torch.load(place, weights_only=True, mmap=True), assign=True)
    return model.eval()


if __name__ == "__main__":
    main()
