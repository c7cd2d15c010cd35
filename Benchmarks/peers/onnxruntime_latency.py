"""Latency of an ONNX file in ONNX Runtime, as one JSON document on standard output."""

import argparse

import numpy
import onnxruntime

import timing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--warm-up-seconds", type=float, default=0.5)
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    random = numpy.random.default_rng(0)
    inputs = {}
    for value in session.get_inputs():
        shape = [size if isinstance(size, int) else arguments.batch for size in value.shape]
        inputs[value.name] = random.standard_normal(shape).astype(numpy.float32)
    latency = timing.latency_ms(lambda: session.run(None, inputs), arguments.seconds, arguments.warm_up_seconds)
    timing.report(arguments.batch, arguments.threads, latency)


if __name__ == "__main__":
    main()
