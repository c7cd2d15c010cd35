"""Writes Keras's MobileNetV2 with seeded random weights and batch-norm statistics as tf2onnx exports it, and what it
computes.

    python3 -m venv .venv-keras && .venv-keras/bin/pip install -r Scripts/python/keras.txt
    .venv-keras/bin/python Scripts/reference/keras_network.py --output FOLDER

writes FOLDER/model.onnx (opset 17, images channels last, batch symbolic), input.npy and output.npy.
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras  # noqa: E402  (its backend is chosen above)
import numpy  # noqa: E402
import tensorflow  # noqa: E402
import tf2onnx  # noqa: E402

SIZE, CLASSES, SAMPLES = 64, 10, 3


def seeded():
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(weights=None, input_shape=(SIZE, SIZE, 3), classes=CLASSES)
    random = numpy.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            scale, shift, mean, variance = (value.shape for value in layer.get_weights())
            layer.set_weights([
                random.uniform(0.5, 1.5, scale), random.normal(0, 0.2, shift), random.normal(0, 0.2, mean),
                random.uniform(0.5, 1.5, variance)])
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    network = seeded()
    compute = tensorflow.function(lambda x: network(x, training=False))
    images = numpy.random.default_rng(1).standard_normal((SAMPLES, SIZE, SIZE, 3)).astype(numpy.float32)
    numpy.save(output / "input.npy", images)
    numpy.save(output / "output.npy", compute(images).numpy())
    signature = [tensorflow.TensorSpec((None, SIZE, SIZE, 3), tensorflow.float32, name="input")]
    partial = output / "model.partial"
    tf2onnx.convert.from_function(compute, input_signature=signature, opset=17, output_path=str(partial))
    # Last, because its presence says that the folder is complete.
    partial.rename(output / "model.onnx")


if __name__ == "__main__":
    main()
