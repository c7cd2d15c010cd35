"""Writes tensors as a safetensors file, which the checks need and the package of that name is not asked for."""

import json
import pathlib

import numpy

TYPES = {"float32": "F32", "float16": "F16", "int64": "I64", "int32": "I32"}


def save(tensors: dict, path: pathlib.Path) -> None:
    """Writes arrays by name: the length of a header, the header in JSON, then the arrays' bytes."""
    header, pieces, offset = {}, [], 0
    for name, value in tensors.items():
        array = numpy.ascontiguousarray(value)
        header[name] = {
            "dtype": TYPES[array.dtype.name],
            "shape": list(numpy.shape(value)),
            "data_offsets": [offset, offset + array.nbytes],
        }
        pieces.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(pieces))
