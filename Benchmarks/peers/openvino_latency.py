"""Latency of an ONNX file in OpenVINO, as one JSON document on standard output."""

import argparse
import time

import numpy
import openvino

import timing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    timing.add_arguments(parser)
    arguments = parser.parse_args()

    core = openvino.Core()
    model = core.read_model(arguments.model)
    model.reshape({port: [arguments.batch, *list(port.partial_shape)[1:]] for port in model.inputs})
    started = time.perf_counter()
    # float32 stays float32: without this, processors with bfloat16 products compute in bfloat16.
    compiled = core.compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": arguments.threads, "INFERENCE_PRECISION_HINT": "f32",
    })
    compile_ms = (time.perf_counter() - started) * 1e3
    request = compiled.create_infer_request()
    random = numpy.random.default_rng(0)
    for port in compiled.inputs:
        values = random.standard_normal(tuple(port.shape)).astype(numpy.float32)
        request.set_tensor(port, openvino.Tensor(values))
    latency = timing.latency_ms(request.infer, arguments.seconds, arguments.warm_up_seconds)
    timing.report(arguments.batch, arguments.threads, latency, compile_ms)


if __name__ == "__main__":
    main()
