"""`pare train --recipe`: the recipes that come with Pare, options beside them, and the settings written beside a result."""

import pathlib
import tempfile

from checking import ROOT, pare, pare_json, refused, require

RECIPES = ROOT / "Recipes"
BAD_DATA, NO_INPUT, USAGE = 65, 66, 64


def check_settings_beside_a_result_train_it_again():
    with tempfile.TemporaryDirectory() as folder:
        first, again = pathlib.Path(folder) / "first.onnx", pathlib.Path(folder) / "again.onnx"
        common = ("--threads", 1, "--quiet")
        document = pare_json(
            "train", "--recipe", RECIPES / "digits_mlp.yaml", "--epochs", 2, "--seed", 3, *common, "-o", first
        )
        require(len(document["epochs"]) == 2, f"{len(document['epochs'])} epochs in place of 2")
        settings = pathlib.Path(f"{first}.settings.yaml")
        text = settings.read_text(encoding="utf-8")
        for line in ("model: zoo:digits_mlp", "data: digits", "epochs: 2", "seed: 3", "batch_size: 64"):
            require(line in text, f"the settings lack \"{line}\": {text}")
        pare("train", "--recipe", settings, *common, "-o", again)
        require(first.read_bytes() == again.read_bytes(), "the settings beside a result train another network")


def check_unknown_keys_of_compress_recipes():
    """A misspelt key anywhere in a recipe of stages is an error with its line, its place and the name that was meant."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = pathlib.Path(folder) / "compress.yaml"
        common = ("compress", "zoo:digits_mlp", "--data", "digits", "--recipe", recipe, "-o", f"{folder}/out")
        for text, says in (
            ("targets: []\nseed: 0\nstages:\n- stage: quantize\n  quantisation: {}\n", "compress.yaml line 5 stages[0].quantisation quantization"),
            ("sed: 3\ntargets: []\nstages: []\n", "compress.yaml line 1 sed seed"),
            ("targets: []\nseed: 0\nstages:\n- {stage: train, training: {epoch: 3}}\n", "line 4 stages[0].training.epoch epochs"),
        ):
            recipe.write_text(text, encoding="utf-8")
            refused(*common, exit_code=BAD_DATA, says=says)


def check_bad_recipes_are_refused():
    with tempfile.TemporaryDirectory() as folder:
        out = ("-o", pathlib.Path(folder) / "out.onnx")
        bad = pathlib.Path(folder) / "bad.yaml"
        for text, says in (
            ("model: zoo:digits_mlp\ndata: digits\nepochs: 3\n", "epochs"), ("- [\n", "recipe"),
            ("training: {rates: 3}\n", "rates"),
        ):
            bad.write_text(text, encoding="utf-8")
            refused("train", "--recipe", bad, *out, exit_code=BAD_DATA, says=f"bad.yaml {says}")
        bad.write_text("model: zoo:digits_mlp\n", encoding="utf-8")
        refused("train", "--recipe", bad, *out, exit_code=USAGE, says="data")
        refused("train", "--recipe", f"{folder}/none.yaml", *out, exit_code=NO_INPUT, says="none.yaml")
