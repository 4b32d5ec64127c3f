"""Write a model as one way keeps it, and print where it is to be found.

Usage: python save_all.py podplanner|mlflow|modelstore|file network|forest PLACE WEIGHTS

WEIGHTS is the model itself, made when it is not there: all ways keep the same.
"""

import sys
from pathlib import Path
from typing import Any


def main() -> None:
    way, kind, place, weights = sys.argv[1:]
    model = made(kind, Path(weights))
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    print(
        {
            "podplanner": by_podplanner,
            "mlflow": by_mlflow,
            "modelstore": by_modelstore,
            "file": by_file,
        }[way](kind, place, model)
    )


def made(kind: str, weights: Path) -> Any:
    if kind == "forest":
        import forest
        import joblib

        if not weights.exists():
            joblib.dump(forest.grown(), weights)
        return joblib.load(weights)
    import net
    import torch

    torch.manual_seed(1)
    model = net.Net().eval()
    if not weights.exists():
        torch.save(model.state_dict(), weights)
    model.load_state_dict(torch.load(weights, weights_only=True))
    return model


def by_podplanner(kind: str, place: str, model: Any) -> str:
    from podplanner.models import save
    from podplanner.store import open_store
    from podplanner.store.founding import found_store

    found_store(place, single_writer=True)
    save(model, kind, store=open_store(place))
    return ""


def by_mlflow(kind: str, place: str, model: Any) -> str:
    if kind == "forest":
        import mlflow.sklearn

        mlflow.sklearn.save_model(model, place, serialization_format="cloudpickle")
    else:
        import mlflow.pytorch

        mlflow.pytorch.save_model(model, place, serialization_format="pickle")
    return ""


def by_modelstore(kind: str, place: str, model: Any) -> str:
    from modelstore import ModelStore

    store = ModelStore.from_file_system(root_directory=place, create_directory=True)
    return store.upload(kind, model=model)["model"]["model_id"]


def by_file(kind: str, place: str, model: Any) -> str:
    if kind == "forest":
        import joblib

        joblib.dump(model, place)
    else:
        import torch

        torch.save(model.state_dict(), place)
    return ""


if __name__ == "__main__":
    main()
