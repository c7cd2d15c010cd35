"""Latency of an ONNX file in ONNX Runtime, as one JSON document on standard output."""

import argparse
import time

import numpy
import onnxruntime

import timing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    timing.add_arguments(parser)
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    started = time.perf_counter()
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    compile_ms = (time.perf_counter() - started) * 1e3
    random = numpy.random.default_rng(0)
    inputs = {}
    for value in session.get_inputs():
        shape = [size if isinstance(size, int) else arguments.batch for size in value.shape]
        inputs[value.name] = random.standard_normal(shape).astype(numpy.float32)
    latency = timing.latency_ms(lambda: session.run(None, inputs), arguments.seconds, arguments.warm_up_seconds)
    timing.report(arguments.batch, arguments.threads, latency, compile_ms)


if __name__ == "__main__":
    main()
